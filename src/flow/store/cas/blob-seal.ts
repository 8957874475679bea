import {
  closeSync,
  fchmodSync,
  futimesSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CLOCK_LAG_MS } from '../../key/file-times.ts';
import type { Blob } from './blob.ts';
import { HASHED_ANEW } from './content.ts';
import { failpoint } from '../disk/failpoints.ts';
import type { GroupSync } from '../disk/group-sync.ts';
import { BLOB_MTIME_S, blobPath } from '../layout.ts';
import { stampOf } from './stat-cache.ts';
import type { StatCache } from './stat-cache.ts';
import { errorCode } from '../../core/system-error.ts';

/**
 * How a file becomes a blob: data on disk, mtime set to the constant, rename; its name is on disk before an
 * action result names it (`GroupSync.names`).
 */
export class BlobSeal {
  readonly #root: string;
  readonly #sync: GroupSync;
  readonly #stats: StatCache;

  constructor(root: string, sync: GroupSync, stats: StatCache) {
    this.#root = root;
    this.#sync = sync;
    this.#stats = stats;
  }

  async finishAt(path: string, blob: Blob): Promise<void> {
    const fd = openSync(path, 'r');
    try {
      await this.finish(fd, blob);
    } finally {
      closeSync(fd);
    }
  }

  /** First step: bytes on disk, then the mtime that says so after. */
  async finish(fd: number, blob: Blob): Promise<void> {
    fchmodSync(fd, blob.exec ? 0o555 : 0o444);
    await this.#sync.file(fd);
    failpoint('blob.flushed');
    futimesSync(fd, BLOB_MTIME_S, BLOB_MTIME_S);
  }

  /** Second step. */
  async place(path: string, blob: Blob): Promise<void> {
    this.#rename(path, blob);
    if (blob.size > HASHED_ANEW) await this.#remember(blob);
  }

  /** Calls that are cheaper than a turn of the event loop. */
  #rename(temp: string, blob: Blob): void {
    const path = blobPath(this.#root, blob.digest, blob.exec);
    failpoint('blob.finished');
    try {
      renameSync(temp, path);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      mkdirSync(dirname(path), { recursive: true });
      failpoint('blob.shard-made');
      this.#sync.placed(dirname(dirname(path)));
      this.#sync.placed(this.#root);
      renameSync(temp, path);
    }
    failpoint('blob.placed');
    this.#sync.placed(dirname(path));
  }

  /** So that not even its first copy has to be hashed. */
  async #remember(blob: Blob): Promise<void> {
    const path = blobPath(this.#root, blob.digest, blob.exec);
    const placed = statSync(path, { bigint: true });
    await delay(CLOCK_LAG_MS + 1);
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined || stampOf(stat) !== stampOf(placed)) return;
    this.#stats.rememberOwn(path, stat, blob.digest);
  }
}
