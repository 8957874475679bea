import { lstatSync, renameSync, statSync, unlinkSync } from 'node:fs';
import type { ActionKey, Digest } from '../../core/ids.ts';
import type { RunRecord } from '../../core/run-record.ts';
import { failpoint } from '../disk/failpoints.ts';
import { actionPath } from '../layout.ts';
import type { Lease } from '../process/leases.ts';
import { readLeases } from '../process/leases.ts';
import type { Removals } from '../process/removals.ts';
import { removeTree } from '../disk/remove-tree.ts';
import { errorCode, messageOf } from '../../core/system-error.ts';
import type { Workspace } from '../process/workspace.ts';
import { workspacesIn } from '../process/workspace.ts';
import { blobsOf } from './census.ts';
import type { CacheParts, Census, ResultEntry, RunEntry } from './census.ts';
import { bytesBelow } from './census-files.ts';
import type { BlobEntry, OtherEntry } from './census-files.ts';
import type { GcPlan } from './plan.ts';

/** Removals per batch: about 20 ms, for which a run may have to wait. */
const BATCH = 500;

export interface CollectParts extends CacheParts {
  readonly workspace: Workspace;
  readonly removals: Removals;
}

/** How many of each kind in the plan were removed. */
export interface Collected {
  runs: number;
  results: number;
  blobs: number;
  checkpoints: number;
  memos: number;
  kept: number;
  abandoned: number;
  bytes: number;
}

/** What could not be removed: files of another user, as Docker leaves them. */
export interface Skipped {
  /** Absolute. */
  readonly path: string;
  readonly message: string;
}

/**
 * Does what was planned, but for what somebody has come to use since. Runs go first, then results, then
 * blobs: killed at any moment, it leaves results whole, and runs with their results.
 */
export class Collector {
  readonly #parts: CollectParts;
  readonly #census: Census;
  readonly #plan: GcPlan;
  /** Results that were planned for removal but stay, and their blobs. */
  readonly #spared = new Set<ActionKey | Digest>();
  readonly #gone: Collected = {
    runs: 0,
    results: 0,
    blobs: 0,
    checkpoints: 0,
    memos: 0,
    kept: 0,
    abandoned: 0,
    bytes: 0,
  };
  readonly #skipped: Skipped[] = [];
  readonly #startedAt: number;

  /** `startedAt`: before the census was taken, by this host's clock, milliseconds since the epoch. */
  constructor(parts: CollectParts, census: Census, plan: GcPlan, startedAt: number) {
    this.#parts = parts;
    this.#census = census;
    this.#plan = plan;
    this.#startedAt = startedAt;
  }

  async collect(): Promise<{
    readonly collected: Collected;
    readonly skipped: readonly Skipped[];
  }> {
    const plan = this.#plan;
    for (const { path, bytes } of plan.abandoned) {
      if (this.#removeFolder(path, bytes)) this.#gone.abandoned += 1;
    }
    for (const { path, bytes } of plan.kept) {
      if (this.#removeFolder(path, bytes)) this.#gone.kept += 1;
    }
    await this.#runs(plan.runs.flatMap(({ run, verdict }) => (verdict.goes ? [run] : [])));
    await this.#results(plan.results.flatMap(({ result, goes }) => (goes ? [result] : [])));
    await this.#blobs(plan.blobs);
    await this.#checkpoints(plan.checkpoints);
    for (const memo of plan.memos) {
      if (this.#unlink(memo.path) === 'removed') {
        this.#gone.memos += 1;
        this.#gone.bytes += memo.bytes;
      }
      failpoint('gc.memo-removed');
    }
    return { collected: this.#gone, skipped: this.#skipped };
  }

  /** Renames it first, so that nobody sees a half-removed run. */
  async #runs(runs: readonly RunEntry[]): Promise<void> {
    const { runs: store } = this.#parts;
    const moved: { from: RunEntry; to: string }[] = [];
    await this.#inBatches(runs, async () => (run) => {
      if (store.isPinned(run.id)) return;
      const to = this.#moveAside(store.folder(run.id));
      if (to === undefined) return;
      moved.push({ from: run, to });
      failpoint('gc.run-moved');
    });
    for (const { from, to } of moved) {
      const removed = this.#removeFolder(to, from.bytes);
      failpoint('gc.run-removed');
      if (removed) this.#gone.runs += 1;
    }
  }

  async #results(results: readonly ResultEntry[]): Promise<void> {
    await this.#inBatches(results, async () => {
      // Leases first: a run writes its record before it gives its lease up.
      const { keys } = this.#leases();
      const listed = new Set<ActionKey>();
      for (const record of await this.#freshRuns()) {
        for (const key of await this.#parts.runs.keys(record)) listed.add(key);
      }
      return (result) => {
        const path = actionPath(this.#parts.root, result.key);
        const stat = statSync(path, { throwIfNoEntry: false });
        if (stat === undefined) return;
        const anew = stat.mtimeMs !== result.madeAt;
        if (anew || keys.has(result.key) || listed.has(result.key)) {
          this.#spare(result);
          return;
        }
        failpoint('gc.result-unclaimed');
        const end = this.#unlink(path);
        if (end === 'skipped') this.#spare(result);
        if (end !== 'removed') return;
        failpoint('gc.result-removed');
        this.#gone.results += 1;
        this.#gone.bytes += result.bytes;
      };
    });
  }

  async #blobs(blobs: readonly BlobEntry[]): Promise<void> {
    await this.#inBatches(blobs, async () => {
      for (const [digest, kind] of this.#leases().artifacts) {
        if (kind === 'tree') await this.#spareTree(digest);
        this.#spared.add(digest);
      }
      for (const record of await this.#freshRuns()) {
        for (const digest of blobsOf(record)) this.#spared.add(digest);
      }
      return ({ path, digest, bytes }) => {
        if (this.#spared.has(digest)) return;
        const stat = lstatSync(path, { throwIfNoEntry: false });
        if (stat === undefined || stat.ctimeMs >= this.#plan.horizon) return;
        failpoint('gc.blob-unclaimed');
        if (this.#unlink(path) !== 'removed') return;
        failpoint('gc.blob-removed');
        this.#gone.blobs += 1;
        this.#gone.bytes += bytes;
      };
    });
  }

  async #checkpoints(checkpoints: readonly OtherEntry[]): Promise<void> {
    const moved: { readonly to: string; readonly bytes: number }[] = [];
    await this.#inBatches(checkpoints, async () => {
      const { keys } = this.#leases();
      return ({ path, name, bytes }) => {
        if (keys.has(`sha256:${name}` as ActionKey)) return;
        const to = this.#moveAside(path);
        if (to === undefined) return;
        moved.push({ to, bytes });
      };
    });
    for (const { to, bytes } of moved) {
      if (this.#removeFolder(to, bytes)) this.#gone.checkpoints += 1;
      failpoint('gc.checkpoint-removed');
    }
  }

  /** `prepare` looks for claims, in every batch anew. */
  async #inBatches<T>(all: readonly T[], prepare: () => Promise<(each: T) => void>): Promise<void> {
    for (let at = 0; at < all.length;) {
      await this.#parts.removals.batch(async (late) => {
        // What came since would look old by a clock that was set back.
        if (Date.now() < this.#startedAt) throw new ClockSetBack();
        const remove = await prepare();
        for (const each of all.slice(at, at + BATCH)) {
          if (late()) return;
          remove(each);
          at += 1;
        }
      });
    }
  }

  /** Of all processes that live by now. */
  #leases(): Lease {
    const { root, own } = this.#parts;
    const living = workspacesIn(root).filter(
      ({ folder, abandoned }) => !abandoned && folder !== own,
    );
    return readLeases(living.map(({ folder }) => folder));
  }

  /** Runs that began since the census, or were going on then, and may have ended. */
  async #freshRuns(): Promise<readonly RunRecord[]> {
    const { runs } = this.#parts;
    const known = new Map(this.#census.runs.map((run) => [run.id, run]));
    const fresh: RunRecord[] = [];
    for (const id of await runs.list()) {
      const then = known.get(id);
      if (then !== undefined && !then.live && then.state !== 'unreadable') continue;
      const record = await runs.read(id);
      if (record !== undefined) fresh.push(record);
    }
    return fresh;
  }

  #spare({ key, digests }: ResultEntry): void {
    this.#spared.add(key);
    for (const digest of digests) {
      this.#spared.add(digest);
      for (const listed of this.#census.trees.get(digest) ?? []) this.#spared.add(listed);
    }
  }

  async #spareTree(digest: Digest): Promise<void> {
    if (this.#spared.has(digest)) return;
    const entries = await this.#parts.list({ kind: 'tree', size: 0, digest });
    for (const entry of entries.ok ? entries.value : []) {
      if (entry.type === 'file') this.#spared.add(entry.digest);
    }
  }

  /** `bytes`: the size of its files. False if some of it could not be removed. */
  #removeFolder(path: string, bytes: number): boolean {
    try {
      removeTree(path);
      this.#gone.bytes += bytes;
      return true;
    } catch (error) {
      this.#skip(path, error);
      this.#gone.bytes += Math.max(0, bytes - bytesBelow(path));
      return false;
    }
  }

  #unlink(path: string): 'removed' | 'gone' | 'skipped' {
    try {
      unlinkSync(path);
      return 'removed';
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return 'gone';
      this.#skip(path, error);
      return 'skipped';
    }
  }

  /** One folder that cannot be removed does not keep gc from the rest. */
  #skip(path: string, error: unknown): void {
    if (errorCode(error) === undefined) throw error;
    this.#skipped.push({ path, message: messageOf(error) });
  }

  /** Undefined if it is already removed, or cannot be. */
  #moveAside(path: string): string | undefined {
    const to = this.#parts.workspace.fresh('gone');
    try {
      renameSync(path, to);
      return to;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.#skip(path, error);
      return undefined;
    }
  }
}

export class ClockSetBack extends Error {}
