import { foldMatrix } from './fold.ts';
import { plural } from '../format.ts';
import { kindOf, reasonLine, type ShownReason, unionLine } from './plan-reasons.ts';
import { visible } from '../printable.ts';
import type { Style } from '../style.ts';
import { padEnd, textWidth } from '../text-width.ts';

/** A plan from engine/explain/plan.ts. */
export interface ShownPlan {
  readonly misses: number;
  readonly hits: number;
  readonly awaiting: number;
  readonly inPlace: readonly string[];
  readonly instances: readonly ShownInstance[];
}

interface ShownInstance {
  readonly id: string;
  readonly state: 'hit' | 'miss' | 'awaiting';
  /** A hit of a stage with `freeze: true`. */
  readonly frozen?: true;
  readonly reason?: ShownReason;
}

/** @param all one line per instance, also hits */
export function planLines(plan: ShownPlan, all: boolean, style: Style): string[] {
  const shown = plan.instances.filter(({ state }) => all || state !== 'hit');
  const rows = all ? shown.map(row) : foldStages(shown);
  const width = rows.reduce((most, { name }) => Math.max(most, textWidth(name)), 0);
  const paint = { hit: style.dim, miss: style.yellow, awaiting: style.cyan };
  const lines = rows.map(({ state, name, why }) => {
    const head = `${paint[state](padEnd(state, 8))}  ${padEnd(name, width)}`;
    return why === '' ? head.trimEnd() : `${head}  ${style.dim(visible(why))}`;
  });
  if (lines.length > 0) lines.push('');
  const frozen = plan.instances.filter((each) => each.frozen).length;
  const hits = `${plural(plan.hits, 'hit')}${frozen > 0 ? ` (${frozen} frozen)` : ''}`;
  const counts = `${plural(plan.misses, 'miss', 'misses')}, ${hits}`;
  const awaiting = plan.awaiting > 0 ? `, ${plan.awaiting} awaiting` : '';
  const up = plan.misses + plan.awaiting === 0 ? ': nothing to run' : '';
  const stays = plan.inPlace.map((source) => `${visible(source)} is read where it lies (in_place)`);
  return [...lines, ...stays, `${counts}${awaiting}${up}`];
}

interface Row {
  readonly state: ShownInstance['state'];
  readonly name: string;
  readonly why: string;
}

function row({ id, state, reason, frozen }: ShownInstance): Row {
  return { state, name: id, why: frozen ? 'frozen' : reasonLine(reason) };
}

/** Many instances of a stage in one state: one row per kind of reason. */
function foldStages(instances: readonly ShownInstance[]): readonly Row[] {
  const groups = foldMatrix(
    instances,
    ({ id }) => id,
    ({ reason }) => kindOf(reason),
    ({ state }) => state,
  );
  return groups.map(({ name, items }) => ({
    state: items[0].state,
    name,
    why: unionLine(items.map(({ reason }) => reason)),
  }));
}
