import { planRun, type Plan } from '../engine/plan.ts';
import { checkSources } from '../engine/sources.ts';
import { ok } from '../core/result.ts';
import { plural } from '../report/format.ts';
import { type Style, styleFor } from '../report/style.ts';
import { padEnd, textWidth } from '../report/text-width.ts';
import { type Args, type Ended, type Io, printJson, printLines, refuse } from './command.ts';
import { pipelineContext, withSession } from './session.ts';

/** `flow plan` and `flow run --dry-run`: what would run, and why. */
export async function planCommand(args: Args, io: Io): Promise<Ended> {
  const [file = '', ...targets] = args.operands;
  return withSession(args, io, file, async (session) => {
    const context = await pipelineContext(args, session, file, targets);
    if (!context.ok) return context;
    const missing = await checkSources(context.value.dag, session.project.root);
    if (missing.length > 0) return refuse(2, ...missing);
    const plan = await planRun(context.value);
    if (args.has('json')) await printJson(io, planJson(plan));
    else await printLines(io, planLines(plan, args.has('verbose'), styleFor(io.stdout, io.env)));
    return ok(0);
  });
}

function planJson(plan: Plan): unknown {
  const { misses, hits, awaiting } = plan;
  const instances = plan.instances.map(({ id, state, reasons }) => ({ id, state, reasons }));
  return { misses, hits, awaiting, instances };
}

export function planLines(plan: Plan, withHits: boolean, style: Style): string[] {
  const shown = plan.instances.filter(({ state }) => withHits || state !== 'hit');
  const width = shown.reduce((most, { id }) => Math.max(most, textWidth(id)), 0);
  const paint = { hit: style.dim, miss: style.yellow, awaiting: style.cyan };
  const lines = shown.map(({ id, state, reasons }) => {
    const head = `${paint[state](padEnd(state, 8))}  ${padEnd(id, width)}`;
    return reasons.length > 0 ? `${head}  ${style.dim(reasons.join('; '))}` : head.trimEnd();
  });
  if (lines.length > 0) lines.push('');
  const counts = `${plural(plan.misses, 'miss', 'misses')}, ${plural(plan.hits, 'hit')}`;
  const awaiting = plan.awaiting > 0 ? `, ${plan.awaiting} awaiting` : '';
  const up = plan.misses + plan.awaiting === 0 ? ': nothing to run' : '';
  return [...lines, `${counts}${awaiting}${up}`];
}
