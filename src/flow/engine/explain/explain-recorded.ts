import type { InstanceSummary } from '../../core/run-record.ts';
import type { EngineContext } from '../context.ts';
import { difference, type Explanation, madeBy, nothing } from './explain-instance.ts';
import { History } from './history.ts';
import { nearestResult } from './nearest-result.ts';

/**
 * Why an instance ran in a run that has ended, or what it took its result from, whatever the pipeline and
 * its code are by now: its result beside the nearest one of the runs before.
 *
 * @returns undefined where the run has no result of it, or the cache no longer holds it
 */
export async function explainRecorded(
  ctx: EngineContext,
  run: string,
  { id, key, outcome }: InstanceSummary,
  compareNearest: boolean,
): Promise<Explanation | undefined> {
  const instance = ctx.dag.instances.find((each) => each.id === id);
  const result = key === undefined ? undefined : await ctx.store.action(key);
  if (instance === undefined || key === undefined || result === undefined) return undefined;
  if (outcome === 'hit') return { ...nothing, id, state: 'hit', key, made: madeBy(result) };
  if (outcome !== 'ran') return undefined;
  const history = new History(ctx.runs, run);
  const nearest = await nearestResult(ctx.store, history, instance, result);
  const first = await history.isFirst(id);
  const known = { id, state: 'ran', key, ...(first && { first: true as const }) } as const;
  if (nearest === undefined) return { ...nothing, ...known };
  const compare = compareNearest || nearest.past.instance === id;
  return { ...known, ...(await difference(ctx, result, nearest, compare)) };
}
