import type { InstanceId } from '../../core/ids.ts';
import type { Dag, Instance } from '../../pipeline/dag.ts';
import type { RunStore } from '../../store/records/runs.ts';
import type { Surveyed } from '../survey/survey.ts';
import { needsOf } from '../../pipeline/needs.ts';

/**
 * The maximum number of earlier runs, and of instances in them, because records of large runs take
 * time to read.
 */
const MAX_RUNS = 10;
const MAX_INSTANCES = 10_000;

export interface Priorities {
  /** By task: the duration of its longest path to an end of the Dag. */
  readonly ranks: readonly number[];
  /**
   * Earlier durations in seconds of an instance, or the average of its stage; without those that
   * were never timed.
   */
  readonly expected: Readonly<Record<InstanceId, number>>;
}

/**
 * Estimates from earlier runs: the instance with the longest remaining path starts first. It only
 * orders the queue and is shown to the user, so it cannot change a result.
 */
export async function estimatePriorities(
  dag: Dag,
  surveyed: ReadonlyMap<InstanceId, Surveyed>,
  runs: RunStore,
): Promise<Priorities> {
  const left = dag.instances.filter(({ id }) => surveyed.get(id)?.state !== 'hit');
  // There is no choice, so read no record.
  if (left.length < 2) return { ranks: [], expected: {} };
  const past = await pastSeconds(left, runs);
  const seconds = estimates(left, past);
  const index = new Map(dag.instances.map(({ id }, task) => [id, task]));
  const needs = dag.instances.map((instance) => needsOf(instance).map((id) => index.get(id) ?? 0));
  const ranks = longestPaths(
    needs,
    dag.instances.map(({ id }) => seconds.get(id) ?? 0),
  );
  const timed = left.filter(({ id, stage }) => past.byInstance.has(id) || past.byStage.has(stage));
  const expected = timed.map(({ id }) => [id, seconds.get(id) ?? 0] as const);
  return { ranks, expected: Object.fromEntries(expected) };
}

/** `needs`: by task number, all smaller than its own. */
export function longestPaths(
  needs: readonly (readonly number[])[],
  durations: readonly number[],
): readonly number[] {
  const behind = needs.map(() => 0);
  const paths = needs.map(() => 0);
  for (let task = needs.length - 1; task >= 0; task -= 1) {
    const path = (durations[task] ?? 0) + (behind[task] ?? 0);
    paths[task] = path;
    for (const need of needs[task] ?? []) behind[need] = Math.max(behind[need] ?? 0, path);
  }
  return paths;
}

interface Past {
  readonly byInstance: ReadonlyMap<string, number>;
  readonly byStage: ReadonlyMap<string, readonly number[]>;
}

/** What was never timed counts as its stage does on average, then as all do; at first all are equal. */
export function estimates(
  instances: readonly Pick<Instance, 'id' | 'stage'>[],
  past: Past,
): ReadonlyMap<InstanceId, number> {
  const all = mean([...past.byStage.values()].flat()) ?? 1;
  return new Map(
    instances.map(({ id, stage }) => [
      id,
      past.byInstance.get(id) ?? mean(past.byStage.get(stage) ?? []) ?? all,
    ]),
  );
}

/** The latest time of each instance, and all latest times by stage. */
async function pastSeconds(wanted: readonly Instance[], runs: RunStore): Promise<Past> {
  const byInstance = new Map<string, number>();
  const byStage = new Map<string, number[]>();
  const missing = new Set<string>(wanted.map(({ id }) => id));
  let read = 0;
  for (const run of (await runs.list()).slice(0, MAX_RUNS)) {
    if (missing.size === 0 || read > MAX_INSTANCES) break;
    const record = await runs.read(run);
    for (const { id, stage, outcome, wall_s } of record?.summary?.instances ?? []) {
      read += 1;
      if (outcome !== 'ran' || byInstance.has(id)) continue;
      byInstance.set(id, wall_s);
      missing.delete(id);
      const times = byStage.get(stage);
      if (times === undefined) byStage.set(stage, [wall_s]);
      else times.push(wall_s);
    }
  }
  return { byInstance, byStage };
}

function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
