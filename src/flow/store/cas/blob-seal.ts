import {
  closeSync,
  fchmodSync,
  fstatSync,
  futimesSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { CLOCK_LAG_MS } from '../../key/files/file-times.ts';
import { failpoint } from '../disk/failpoints.ts';
import type { Flush } from '../disk/flush.ts';
import { Shards } from '../disk/shards.ts';
import { BLOB_MTIME_S, blobPath, UNFLUSHED_MTIME_S } from '../layout.ts';
import type { Blob } from './blob.ts';
import { REHASH_MAX_BYTES } from './content.ts';
import { errorCode } from '../../core/system-error.ts';
import { stampOf } from './stat-cache.ts';
import type { StatCache } from './stat-cache.ts';

/**
 * Up to this size in bytes, a blob gets its name before it is on disk. Hashing a larger one takes
 * longer than flushing it.
 */
export const SMALL_BLOB = 1024 * 1024;

/**
 * How a file becomes a blob. The mtime tells whether its bytes are on disk:
 *
 * - A small one gets the mtime of what is not flushed, then its name, and this process uses it at once. A
 *   flush brings its bytes and its name to the disk; only then does it get the mtime of whole blobs, and
 *   only after that does an action result name it. After a power cut a torn one has the first mtime, and is
 *   compared with its digest before anybody uses it.
 * - A large one is flushed first and named last. Its readers wait for the disk, and in return nobody has to
 *   hash it again because its ctime changed under a stage.
 */
export class BlobSeal {
  readonly #root: string;
  readonly #flush: Flush;
  readonly #stats: StatCache;
  readonly #shards: Shards;
  /** Path -> inode of blobs that this process has written completely but not flushed yet. */
  readonly #unflushed = new Map<string, { readonly inode: number }>();

  constructor(root: string, flush: Flush, stats: StatCache) {
    this.#root = root;
    this.#flush = flush;
    this.#stats = stats;
    this.#shards = new Shards((folder) => flush.placed(folder));
  }

  /** Whether this process has written it completely but not flushed it yet. */
  isUnflushed(path: string): boolean {
    return this.#unflushed.has(path);
  }

  /** Makes a blob of a file below the cache. */
  async place(temp: string, blob: Blob): Promise<void> {
    const fd = openSync(temp, 'r');
    try {
      await this.placeOpen(fd, temp, blob);
    } finally {
      closeSync(fd);
    }
  }

  /** The same for an open file. */
  async placeOpen(fd: number, path: string, blob: Blob): Promise<void> {
    if (this.#flush.enabled && blob.size <= SMALL_BLOB) this.#nameFirst(fd, path, blob);
    else {
      await this.#finish(fd, blob);
      this.#rename(path, blob);
    }
    if (blob.size > REHASH_MAX_BYTES) await this.#remember(blob);
  }

  /** For a blob with the right bytes and another mtime: flushes it and restores the mtime, if it is still there. */
  async finishAt(path: string, blob: Blob): Promise<void> {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return;
      throw error;
    }
    try {
      await this.#finish(fd, blob);
    } finally {
      closeSync(fd);
    }
  }

  async #finish(fd: number, blob: Blob): Promise<void> {
    fchmodSync(fd, blob.exec ? 0o555 : 0o444);
    await this.#flush.now(fd);
    failpoint('blob.flushed');
    futimesSync(fd, BLOB_MTIME_S, BLOB_MTIME_S);
  }

  #nameFirst(fd: number, temp: string, blob: Blob): void {
    fchmodSync(fd, blob.exec ? 0o555 : 0o444);
    futimesSync(fd, UNFLUSHED_MTIME_S, UNFLUSHED_MTIME_S);
    const path = this.#rename(temp, blob);
    const written = { inode: fstatSync(fd).ino };
    this.#unflushed.set(path, written);
    this.#flush.written({
      path,
      flushed: (open) => {
        // It was removed and written again meanwhile: the next flush includes it.
        if (this.#unflushed.get(path) !== written) return;
        this.#unflushed.delete(path);
        failpoint('blob.sealing');
        // Another process has edited or replaced it: its bytes decide when it is needed.
        const { ino, mtimeMs } = fstatSync(open);
        if (ino !== written.inode || mtimeMs !== UNFLUSHED_MTIME_S * 1000) return;
        futimesSync(open, BLOB_MTIME_S, BLOB_MTIME_S);
      },
      lost: () => {
        if (this.#unflushed.get(path) !== written) return;
        this.#unflushed.delete(path);
        rmSync(path, { force: true });
      },
    });
  }

  #rename(temp: string, blob: Blob): string {
    const path = blobPath(this.#root, blob.digest, blob.exec);
    failpoint('blob.finished');
    this.#shards.put(path, () => renameSync(temp, path));
    failpoint('blob.placed');
    return path;
  }

  /** So that even its first copy needs no hashing. */
  async #remember(blob: Blob): Promise<void> {
    const path = blobPath(this.#root, blob.digest, blob.exec);
    const placed = statSync(path, { bigint: true });
    await delay(CLOCK_LAG_MS + 1);
    const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stat === undefined || stampOf(stat) !== stampOf(placed)) return;
    this.#stats.rememberOwn(path, stat, blob.digest);
  }
}
