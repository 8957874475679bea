import { stageOf } from '../../core/names.ts';
import { type Plan, type PlannedInstance, planRun } from '../../engine/explain/plan.ts';
import { checkDeclaredFiles } from '../../engine/check/declared-files.ts';
import { ok } from '../../core/result.ts';
import { plural } from '../../report/format.ts';
import { type Style, styleFor } from '../../report/style.ts';
import { padEnd, textWidth } from '../../report/text-width.ts';
import { type Args, type Ended, type Io, printJson, printLines, refuse } from '../args/command.ts';
import { pipelineContext, withSession } from '../project/session.ts';

/** `flow plan` and `flow run --dry-run`: what would run, and why. */
export async function planCommand(args: Args, io: Io): Promise<Ended> {
  const [file = '', ...targets] = args.operands;
  return withSession(args, io, file, async (session) => {
    const context = await pipelineContext(args, session, file, targets);
    if (!context.ok) return context;
    const missing = await checkDeclaredFiles(context.value.dag, session.project);
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

/** More instances of a stage in one state than this are one line, unless all are asked for. */
const MAX_PER_STAGE = 3;

export function planLines(plan: Plan, all: boolean, style: Style): string[] {
  const shown = plan.instances.filter(({ state }) => all || state !== 'hit');
  const rows = all ? shown.map(row) : foldStages(shown);
  const width = rows.reduce((most, { name }) => Math.max(most, textWidth(name)), 0);
  const paint = { hit: style.dim, miss: style.yellow, awaiting: style.cyan };
  const lines = rows.map(({ state, name, why }) => {
    const head = `${paint[state](padEnd(state, 8))}  ${padEnd(name, width)}`;
    return why === '' ? head.trimEnd() : `${head}  ${style.dim(why)}`;
  });
  if (lines.length > 0) lines.push('');
  const counts = `${plural(plan.misses, 'miss', 'misses')}, ${plural(plan.hits, 'hit')}`;
  const awaiting = plan.awaiting > 0 ? `, ${plan.awaiting} awaiting` : '';
  const up = plan.misses + plan.awaiting === 0 ? ': nothing to run' : '';
  return [...lines, `${counts}${awaiting}${up}`];
}

interface Row {
  readonly state: PlannedInstance['state'];
  readonly name: string;
  readonly why: string;
}

function row({ id, state, reasons }: PlannedInstance): Row {
  return { state, name: id, why: whyOf(reasons) };
}

function foldStages(instances: readonly PlannedInstance[]): Row[] {
  const groups = new Map<string, PlannedInstance[]>();
  for (const instance of instances) {
    const group = `${instance.state} ${stageOf(instance.id)}`;
    const known = groups.get(group);
    if (known === undefined) groups.set(group, [instance]);
    else known.push(instance);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (!first || group.length <= MAX_PER_STAGE) return group.map(row);
    // What they wait for differs by axes only.
    const reasons = new Set(
      first.reasons.map((reason) =>
        reason.startsWith(WAITS) ? reason.replaceAll(/@\S+?(?=, |$)/g, '') : reason,
      ),
    );
    const name = `${stageOf(first.id)} (×${group.length})`;
    return [{ state: first.state, name, why: whyOf([...reasons]) }];
  });
}

const WAITS = 'waits for ';

/** All that it waits for in one list. */
function whyOf(reasons: readonly string[]): string {
  const waits = reasons.filter((reason) => reason.startsWith(WAITS));
  const others = reasons.filter((reason) => !reason.startsWith(WAITS));
  const names = waits.map((reason) => reason.slice(WAITS.length)).join(', ');
  return [...others, ...(names === '' ? [] : [WAITS + names])].join('; ');
}
