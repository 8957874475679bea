import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { DiskStore } from '../disk-store.ts';
import { failpoint } from '../disk/failpoints.ts';
import { RunStore } from '../records/runs.ts';
import { takeCensus } from './census.ts';
import type { Collected, Skipped } from './collect.ts';
import { ClockSetBack, Collector } from './collect.ts';
import type { GcPlan } from './plan.ts';
import { planGc } from './plan.ts';
import type { GcPolicy } from './policy.ts';

/** The plan of gc. Changes nothing. */
export async function previewGc(store: DiskStore, policy: GcPolicy): Promise<GcPlan> {
  const census = await takeCensus(partsOf(store), Date.now(), policy.youngMs);
  return planGc(census, policy, Date.now());
}

export type GcRefusal =
  /** Another gc is running. */
  | { readonly code: 'busy'; readonly holder: string }
  /** What had been removed by then is gone; the rest stays. */
  | { readonly code: 'clock-set-back' };

export interface GcDone {
  readonly plan: GcPlan;
  readonly collected: Collected;
  readonly skipped: readonly Skipped[];
}

/** Removes what `policy` allows and nobody uses. */
export async function collectGarbage(
  store: DiskStore,
  policy: GcPolicy,
): Promise<Result<GcDone, GcRefusal>> {
  const lock = await store.locks.acquireGc();
  if (lock.kind === 'busy') return err({ code: 'busy', holder: lock.holder });
  try {
    store.locks.sweep();
    const parts = partsOf(store);
    // The time of this process's workspace is the file system's, whose clock may differ from the host's.
    const startedAt = Date.now();
    const now = Math.min(startedAt, parts.workspace.since());
    const census = await takeCensus(parts, now, policy.youngMs);
    const plan = planGc(census, policy, Date.now());
    failpoint('gc.planned');
    return ok({ plan, ...(await new Collector(parts, census, plan, startedAt).collect()) });
  } catch (error) {
    if (error instanceof ClockSetBack) return err({ code: 'clock-set-back' });
    throw error;
  } finally {
    await lock.release();
  }
}

function partsOf(store: DiskStore) {
  const { workspace, removals } = store.parts;
  return {
    root: store.root,
    runs: new RunStore(store.root),
    results: () => store.actions(),
    list: (tree: Parameters<DiskStore['list']>[0]) => store.list(tree),
    own: workspace.known,
    workspace,
    removals,
  };
}
