import type { RunRecord } from '../core/run-record.ts';
import { compareRuns, type RunDifference } from '../engine/explain/compare-runs.ts';
import type { RunStore } from '../store/records/runs.ts';
import { type RecordedView, resultKeys } from './view.ts';

/** The difference between two recorded runs of a cache. */
export async function differenceOf(
  before: RecordedView,
  after: RecordedView,
): Promise<RunDifference> {
  return compareRuns(
    before.store,
    { dag: before.context.dag, keys: await resultKeys(before) },
    { dag: after.context.dag, keys: await resultKeys(after) },
  );
}

/** The last run of the same pipeline before a run. */
export async function runBefore(runs: RunStore, record: RunRecord): Promise<string | undefined> {
  for (const id of await runs.list()) {
    if (id >= record.run_id) continue;
    const earlier = await runs.read(id);
    if (earlier?.file === record.file && earlier.root === record.root) return id;
  }
  return undefined;
}
