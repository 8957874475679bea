import type { ActionKey, Digest } from '../../core/ids.ts';
import type { Census, RunEntry } from './census.ts';
import type { BlobEntry, MemoEntry, OtherEntry } from './census-files.ts';
import { Holdings } from './holdings.ts';
import type { PlannedResult, Uses } from './judge-results.ts';
import { judgeResult, usesOf } from './judge-results.ts';
import type { GcPolicy, RunVerdict } from './policy.ts';
import { LEFTOVER_MAX_AGE_MS, judgeRuns } from './policy.ts';

/** The plan of gc, with reasons. Nothing of it is done yet. */
export interface GcPlan {
  /** Newest first. */
  readonly runs: readonly PlannedRun[];
  readonly results: readonly PlannedResult[];
  /** The other results are removed. */
  readonly blobs: readonly BlobEntry[];
  readonly checkpoints: readonly OtherEntry[];
  readonly memos: readonly MemoEntry[];
  readonly kept: readonly OtherEntry[];
  readonly abandoned: readonly OtherEntry[];
  /** Of blobs, results, runs, checkpoints, memos and what dead processes left. */
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Unused results and blobs that are too new to remove. */
  readonly young: { readonly results: number; readonly blobs: number };
  /** False: the cache is too large even if everything that can be removed is removed. */
  readonly fits: boolean;
  readonly horizon: number;
}

export interface PlannedRun {
  readonly run: RunEntry;
  readonly verdict: RunVerdict;
}

/** Pure. `now` by the clock that stamped what the census holds, milliseconds since the epoch. */
export function planGc(census: Census, policy: GcPolicy, now: number): GcPlan {
  return new Planner(census, policy, now).plan();
}

class Planner {
  readonly #census: Census;
  readonly #policy: GcPolicy;
  readonly #now: number;
  readonly #uses: Uses;
  readonly #verdicts: Map<string, RunVerdict>;
  readonly #results: Map<ActionKey, PlannedResult>;
  readonly #holdings: Holdings;
  readonly #young: readonly BlobEntry[];
  /** Of what stays, without blobs. */
  #bytes = 0;

  constructor(census: Census, policy: GcPolicy, now: number) {
    this.#census = census;
    this.#policy = policy;
    this.#now = now;
    this.#uses = usesOf(census.runs);
    this.#verdicts = new Map(judgeRuns(census.runs, policy, now));
    this.#results = new Map(census.results.map((result) => [result.key, this.#judge(result)]));
    this.#holdings = new Holdings(census.trees, sizesOf(census.blobs));
    this.#young = census.blobs.filter(({ changedAt }) => changedAt >= census.horizon);
  }

  plan(): GcPlan {
    const { runs, results, blobs, checkpoints, memos, kept, abandoned, horizon } = this.#census;
    const going = {
      checkpoints: checkpoints.filter((each) => this.#checkpointGoes(each)),
      memos: memos.filter((memo) => this.#isForgotten(memo)),
      kept,
      abandoned,
    };
    const remembered = memos.filter((memo) => !this.#isForgotten(memo));
    this.#bytes += sum(checkpoints) - sum(going.checkpoints) + sum(remembered);
    for (const memo of remembered) this.#holdings.add(memo.digests);
    this.#holdings.add(this.#census.lease.artifacts.keys());
    this.#holdings.add(this.#young.map(({ digest }) => digest));
    for (const run of runs) if (!this.#verdict(run).goes) this.#keepRun(run, 1);
    for (const each of this.#results.values()) if (!each.goes) this.#keepResult(each, 1);
    if (this.#tooLarge()) this.#shrink();

    const young = this.#young.filter(({ digest }) => this.#holdings.holders(digest) === 1);
    return {
      runs: [...runs]
        .sort((a, b) => (a.id < b.id ? 1 : -1))
        .map((run) => ({ run, verdict: this.#verdict(run) })),
      results: [...this.#results.values()],
      blobs: blobs.filter(({ digest }) => this.#holdings.holders(digest) === 0),
      ...going,
      bytesBefore: [runs, results, blobs, checkpoints, memos, kept, abandoned].reduce(
        (total, each) => total + sum(each),
        0,
      ),
      bytesAfter: this.#total(),
      young: {
        results: [...this.#results.values()].filter(({ why }) => why === 'young').length,
        blobs: young.length,
      },
      fits: !this.#tooLarge(),
      horizon,
    };
  }

  /** First what no run lists, longest unused first; then whole runs, oldest first. */
  #shrink(): void {
    const idle = [...this.#results.values()].filter(({ why }) => why === 'recent');
    for (const each of idle.sort((a, b) => a.usedAt - b.usedAt)) {
      if (!this.#tooLarge()) return;
      this.#drop(each);
    }
    for (const run of [...this.#census.runs].sort((a, b) => (a.id < b.id ? -1 : 1))) {
      if (!this.#tooLarge()) return;
      if (this.#verdict(run).why !== 'fits') continue;
      this.#verdicts.set(run.id, { goes: true, why: 'size' });
      this.#keepRun(run, -1);
      for (const key of new Set(run.keys)) {
        const each = this.#results.get(key);
        if (each?.why !== 'run') continue;
        const again = this.#judge(each.result);
        if (again.goes || again.why === 'recent') this.#drop(each);
        else this.#results.set(key, again);
      }
    }
  }

  #drop(each: PlannedResult): void {
    this.#keepResult(each, -1);
    this.#results.set(each.result.key, { ...each, goes: true, why: 'size', runs: [] });
  }

  #keepRun({ bytes, blobs }: RunEntry, sign: 1 | -1): void {
    this.#bytes += sign * bytes;
    if (sign === 1) this.#holdings.add(blobs);
    else this.#holdings.remove(blobs);
  }

  #keepResult({ result }: PlannedResult, sign: 1 | -1): void {
    this.#bytes += sign * result.bytes;
    if (sign === 1) this.#holdings.add(result.digests);
    else this.#holdings.remove(result.digests);
  }

  #judge(result: PlannedResult['result']): PlannedResult {
    return judgeResult(result, this.#uses, this.#verdicts, this.#census, this.#policy, this.#now);
  }

  #verdict(run: RunEntry): RunVerdict {
    return this.#verdicts.get(run.id) ?? { goes: false, why: 'no-limit' };
  }

  /** What was saved of a stage that has ended since is of no use; of one that has not, for a while. */
  #checkpointGoes(checkpoint: OtherEntry): boolean {
    const key = `sha256:${checkpoint.name}` as ActionKey;
    if (this.#census.lease.keys.has(key) || checkpoint.changedAt >= this.#census.horizon) {
      return false;
    }
    return this.#results.has(key) || this.#isForgotten(checkpoint);
  }

  #isForgotten({ changedAt }: OtherEntry): boolean {
    if (changedAt >= this.#census.horizon) return false;
    return this.#now - changedAt > (this.#policy.olderThanMs ?? LEFTOVER_MAX_AGE_MS);
  }

  #total(): number {
    return this.#bytes + this.#holdings.bytes;
  }

  #tooLarge(): boolean {
    return this.#total() > (this.#policy.maxBytes ?? Infinity);
  }
}

function sizesOf(blobs: readonly BlobEntry[]): ReadonlyMap<Digest, number> {
  const sizes = new Map<Digest, number>();
  for (const { digest, bytes } of blobs) sizes.set(digest, (sizes.get(digest) ?? 0) + bytes);
  return sizes;
}

const sum = (all: readonly { readonly bytes: number }[]): number =>
  all.reduce((total, { bytes }) => total + bytes, 0);
