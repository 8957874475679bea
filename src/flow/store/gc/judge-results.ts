import type { ActionKey } from '../../core/ids.ts';
import type { Census, ResultEntry, RunEntry } from './census.ts';
import type { GcPolicy, RunVerdict } from './policy.ts';

export interface PlannedResult {
  readonly result: ResultEntry;
  readonly goes: boolean;
  /**
   * Stays: it is `frozen`, a `run` that stays lists it, a process `leased` it, it is `young`, or was used `recent`ly.
   * Goes: no run lists it (`unused`), only runs that go do (`runs-go`), `old`, or for the `size`.
   */
  readonly why:
    'frozen' | 'run' | 'leased' | 'young' | 'recent' | 'unused' | 'runs-go' | 'old' | 'size';
  /** Runs that stay and list it, newest first. */
  readonly runs: readonly string[];
  /** When a run that listed it began last, or when it was made. Milliseconds since the epoch. */
  readonly usedAt: number;
}

/** Which runs list each result. */
export type Uses = ReadonlyMap<ActionKey, readonly RunEntry[]>;

/** Newest first. */
export function usesOf(runs: readonly RunEntry[]): Uses {
  const uses = new Map<ActionKey, RunEntry[]>();
  for (const run of [...runs].sort((a, b) => (a.id < b.id ? 1 : -1))) {
    for (const key of run.keys) {
      const of = uses.get(key);
      if (of === undefined) uses.set(key, [run]);
      else of.push(run);
    }
  }
  return uses;
}

export function judgeResult(
  result: ResultEntry,
  uses: Uses,
  verdicts: ReadonlyMap<string, RunVerdict>,
  { lease, horizon, frozen }: Pick<Census, 'lease' | 'horizon' | 'frozen'>,
  policy: GcPolicy,
  now: number,
): PlannedResult {
  const users = uses.get(result.key) ?? [];
  const runs = users.flatMap(({ id }) => (verdicts.get(id)?.goes === true ? [] : [id]));
  const usedAt = Math.max(result.madeAt, users[0]?.startedAt ?? 0);
  const as = (why: PlannedResult['why'], goes: boolean): PlannedResult => ({
    result,
    goes,
    why,
    runs,
    usedAt,
  });
  if (runs.length > 0) return as('run', false);
  if (frozen?.has(result.key)) return as('frozen', false);
  if (lease.keys.has(result.key)) return as('leased', false);
  if (result.madeAt >= horizon) return as('young', false);
  if (policy.olderThanMs !== undefined) {
    return now - usedAt > policy.olderThanMs ? as('old', true) : as('recent', false);
  }
  return as(users.length > 0 ? 'runs-go' : 'unused', true);
}
