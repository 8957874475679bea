import type { InstanceId } from '../../core/ids.ts';
import type { EngineContext } from '../context.ts';
import { History } from './history.ts';
import type { Surveyed } from '../survey/survey.ts';
import { changesSince, nearestResult } from './nearest-result.ts';
import { rootCauses } from './root-causes.ts';
import type { Cause } from './root-causes.ts';

/** Instances that are awaited because they have to run themselves, each with its difference. */
export async function awaitedCauses(
  ctx: EngineContext,
  surveyed: ReadonlyMap<InstanceId, Surveyed>,
  id: InstanceId,
): Promise<readonly Cause[]> {
  const history = new History(ctx.runs);
  const causes: Cause[] = [];
  const seen = new Set<InstanceId>();
  const queue: { readonly at: InstanceId; readonly via: readonly InstanceId[] }[] = [
    { at: id, via: [] },
  ];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    const found = surveyed.get(next.at);
    if (found?.state === 'awaiting') {
      for (const at of found.on) {
        if (!seen.has(at)) queue.push({ at, via: [...next.via, at] });
        seen.add(at);
      }
      const { via } = next;
      if (found.notLookedAt && via.length > 0) {
        causes.push({ instance: next.at, via, what: 'not-looked-at', changes: [] });
      }
    }
    if (found?.state === 'broken' && next.via.length > 0) {
      const { failure } = found;
      causes.push({ instance: next.at, via: next.via, what: 'broken', changes: [], failure });
    }
    if (found?.state !== 'miss') continue;
    const instance = ctx.dag.instances.find((each) => each.id === next.at);
    if (instance === undefined) continue;
    const { via } = next;
    const nearest = await nearestResult(ctx.store, history, instance, found.action);
    if (found.lost) {
      causes.push({ instance: next.at, via, what: 'lost', changes: [] });
    } else if (nearest === undefined || nearest.past.instance !== next.at) {
      causes.push({ instance: next.at, via, what: 'new', changes: [] });
    } else {
      const changes = changesSince(found.action, nearest.result);
      causes.push({ instance: next.at, via, what: 'changed', changes });
      const sides = [found.action, nearest.result] as const;
      const before = await rootCauses(...sides, (key) => ctx.store.action(key));
      causes.push(...before.map((cause) => ({ ...cause, via: [...via, ...cause.via] })));
    }
  }
  return causes;
}
