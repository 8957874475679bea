/**
 * The limits of gc, in addition to removing what nothing refers to. Without limits, no run is
 * removed.
 */
export interface GcPolicy {
  /** Keeps this number of the newest runs of each pipeline, and its newest successful run. */
  readonly keepRuns?: number;
  /** Removes runs and results that were last used longer ago. Milliseconds. */
  readonly olderThanMs?: number;
  /** Removes the oldest runs until the cache is at most this large. Bytes. */
  readonly maxBytes?: number;
  /** Keeps everything that entered the cache within this time. Milliseconds. */
  readonly youngMs: number;
}

/** Age in ms at which gc removes memos and the checkpoints of unfinished stages. */
export const LEFTOVER_MAX_AGE_MS = 30 * 24 * 60 * 60 * 1000;

export interface RunFacts {
  readonly id: string;
  readonly pipeline: string;
  /** Of which project and file: runs of one are of one pipeline. */
  readonly file: string;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  /** `unreadable`: a crash left a folder without a record. */
  readonly state: 'running' | 'ok' | 'failed' | 'interrupted' | 'unreadable';
  readonly live: boolean;
  readonly pinned: boolean;
}

export type RunVerdict =
  | { readonly goes: false; readonly why: 'live' | 'pinned' | 'newest' | 'succeeded' | 'no-limit' }
  | { readonly goes: true; readonly why: 'more-than-kept' | 'old' | 'unreadable' | 'size' }
  /** Nothing says that it must go, but it may where the cache is too large. */
  | { readonly goes: false; readonly why: 'fits' };

/**
 * `--keep-runs` alone says what goes: all others. Beside another limit it says what stays whatever that
 * limit is. The newest run of all stays where only the size is limited.
 */
export function judgeRuns(
  runs: readonly RunFacts[],
  policy: GcPolicy,
  now: number,
): ReadonlyMap<string, RunVerdict> {
  const newestFirst = [...runs].sort((a, b) => (a.id < b.id ? 1 : -1));
  const verdicts = new Map<string, RunVerdict>();
  const seen = new Map<string, { count: number; succeeded: boolean }>();
  for (const run of newestFirst) {
    const of = seen.get(run.file) ?? { count: 0, succeeded: false };
    seen.set(run.file, of);
    const countsAs = run.state !== 'unreadable';
    const newest = countsAs && of.count < (policy.keepRuns ?? 0);
    const succeeded = policy.keepRuns !== undefined && run.state === 'ok' && !of.succeeded;
    if (countsAs) of.count += 1;
    if (run.state === 'ok') of.succeeded = true;
    verdicts.set(run.id, judge(run, { newest, succeeded }, policy, now));
  }
  const first = newestFirst.find((run) => run.state !== 'unreadable');
  if (first !== undefined && verdicts.get(first.id)?.why === 'fits') {
    verdicts.set(first.id, { goes: false, why: 'newest' });
  }
  return verdicts;
}

function judge(
  run: RunFacts,
  among: { readonly newest: boolean; readonly succeeded: boolean },
  { keepRuns, olderThanMs, maxBytes, youngMs }: GcPolicy,
  now: number,
): RunVerdict {
  if (run.live) return { goes: false, why: 'live' };
  if (run.pinned) return { goes: false, why: 'pinned' };
  if (run.state === 'unreadable') {
    const goes = now - run.startedAt > Math.max(youngMs, 60_000);
    return goes ? { goes, why: 'unreadable' } : { goes, why: 'live' };
  }
  if (among.newest) return { goes: false, why: 'newest' };
  if (among.succeeded) return { goes: false, why: 'succeeded' };
  const old = olderThanMs !== undefined && now - run.startedAt > olderThanMs;
  if (old) return { goes: true, why: 'old' };
  if (maxBytes !== undefined) return { goes: false, why: 'fits' };
  if (olderThanMs === undefined && keepRuns !== undefined) {
    return { goes: true, why: 'more-than-kept' };
  }
  return { goes: false, why: 'no-limit' };
}
