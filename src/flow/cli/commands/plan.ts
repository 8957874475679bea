import { type Plan, planRun } from '../../engine/explain/plan.ts';
import { missingSecrets } from '../../engine/secrets/missing-secrets.ts';
import type { MissingSecret } from '../../engine/secrets/missing-secrets.ts';
import { checkDeclaredFiles } from '../../engine/check/declared-files.ts';
import { checkExportsImported } from '../../engine/check/exports-read.ts';
import { ok } from '../../core/result.ts';
import { planLines } from '../../report/changes/plan-lines.ts';
import { reasonTexts } from '../../report/changes/plan-reasons.ts';
import { styleFor } from '../../report/style.ts';
import { type Args, type Ended, type Io, printJson, printLines, refuse } from '../args/command.ts';
import { asCalled } from '../catalogue/as-called.ts';
import { rerunOf } from '../project/reruns.ts';
import { pipelineContext, withSession } from '../project/session.ts';
import { printMissingSecrets, printNotes } from '../project/notes.ts';

/** `flow plan` and `flow run --dry-run`: what would run, and why. */
export async function planCommand(args: Args, io: Io): Promise<Ended> {
  const [file = '', ...targets] = args.operands;
  return withSession(args, io, file, async (session) => {
    const context = await pipelineContext(args, session, file, targets);
    if (!context.ok) return context;
    printNotes(io, context.value.dag);
    const missing = await checkDeclaredFiles(context.value.dag, session.project);
    if (missing.length > 0) return refuse(2, ...missing);
    const imported = await checkExportsImported(context.value);
    if (imported.length > 0) return refuse(2, ...imported);
    const rerun = rerunOf(args, context.value.dag);
    if (!rerun.ok) return rerun;
    const plan = await planRun(context.value, rerun.value);
    const hits = new Set(plan.instances.flatMap(({ id, state }) => (state === 'hit' ? [id] : [])));
    const toRun = context.value.dag.instances.filter(({ id }) => !hits.has(id));
    const secrets = missingSecrets(toRun, io.env);
    if (args.has('json')) await printJson(io, planJson(plan, secrets));
    else {
      const lines = planLines(plan, args.has('verbose'), styleFor(io.stdout, io.env));
      await printLines(
        io,
        lines.map((line) => asCalled(line, io.env)),
      );
    }
    if (!args.has('json')) printMissingSecrets(io, secrets);
    return ok(0);
  });
}

function planJson(plan: Plan, missing: readonly MissingSecret[]): unknown {
  const { misses, hits, awaiting, inPlace } = plan;
  const instances = plan.instances.map((instance) => {
    const { id, state } = instance;
    if (instance.state !== 'hit') return { id, state, reasons: reasonTexts(instance.reason) };
    return { id, state, reasons: [], ...(instance.frozen && { frozen: true }) };
  });
  const secrets = missing.length > 0 && { missing_secrets: missing };
  return { misses, hits, awaiting, in_place: inPlace, ...secrets, instances };
}
