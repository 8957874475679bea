import type { Json } from '../../core/json.ts';
import { explainDifference } from '../../key/explain.ts';
import type { Change } from '../../key/explain.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { Store } from '../../store/store.ts';
import type { History, PastResult } from './history.ts';

/** An action, with or without a result. */
export type Described = Pick<ActionResult, 'key' | 'manifest' | 'provenance'>;

export interface Nearest {
  readonly past: PastResult;
  readonly result: ActionResult;
}

/**
 * The maximum number of compared results of a stage, because each miss of a large matrix compares.
 */
const MAX_CANDIDATES = 32;

/**
 * The earlier result for comparing a miss: the newest of this instance, else the newest of its
 * stage with the most equal params. Results of the same key do not count.
 */
export async function nearestResult(
  store: Store,
  history: History,
  instance: Instance,
  action: Described,
): Promise<Nearest | undefined> {
  for (const past of await history.ofInstance(instance.id)) {
    const result = past.key === action.key ? undefined : await store.action(past.key);
    if (result !== undefined) return { past, result };
  }
  let best: (Nearest & { readonly agreeing: number }) | undefined;
  const seen = new Set<string>([action.key]);
  for (const past of await history.ofStage(instance.stage)) {
    if (seen.has(past.key)) continue;
    if (seen.size > MAX_CANDIDATES) break;
    seen.add(past.key);
    const result = await store.action(past.key);
    if (result === undefined) continue;
    const agreeing = agreement(action.manifest.params, result.manifest.params);
    if (best === undefined || agreeing > best.agreeing) best = { past, result, agreeing };
  }
  return best;
}

export function changesSince(action: Described, then: ActionResult): readonly Change[] {
  return explainDifference(action, then);
}

type Params = Readonly<Record<string, Json>>;

function agreement(a: Params, b: Params): number {
  return Object.keys(a).filter((name) => JSON.stringify(a[name]) === JSON.stringify(b[name]))
    .length;
}
