import {
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fstatSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  unlinkSync,
  utimesSync,
} from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Digest } from '../../core/ids.ts';
import { digestBytes } from '../../key/digest.ts';
import type { Blob } from './blob.ts';
import { BlobSeal, SMALL_BLOB } from './blob-seal.ts';
import { digestIfThere, digestOf, digestOfOpen, SINGLE_READ_MAX_BYTES } from './content.ts';
import type { DamageReports } from '../damage.ts';
import { failpoint } from '../disk/failpoints.ts';
import type { Flush } from '../disk/flush.ts';
import { BLOB_MTIME_S, blobPath, UNFLUSHED_MTIME_S } from '../layout.ts';
import { stampOf } from './stat-cache.ts';
import type { StatCache } from './stat-cache.ts';
import { errorCode } from '../../core/system-error.ts';
import type { Removals } from '../process/removals.ts';
import type { Workspace } from '../process/workspace.ts';
import { namesIn, writeWhole } from '../disk/files.ts';

export type Inspected =
  | { readonly kind: 'whole' | 'damaged'; readonly path: string; readonly size: number }
  | { readonly kind: 'stray'; readonly path: string }
  | { readonly kind: 'gone' };

/** The files below `cas/`: reading, adding and removing them. */
export class Blobs {
  readonly #root: string;
  readonly #workspace: Workspace;
  readonly #removals: Removals;
  readonly #damage: DamageReports;
  readonly #flush: Flush;
  readonly #seal: BlobSeal;
  /** Bytes that could not be stored, because the cache is read-only: this process still has them. */
  readonly #held = new Map<Digest, Uint8Array>();

  constructor(
    root: string,
    workspace: Workspace,
    removals: Removals,
    damage: DamageReports,
    flush: Flush,
    stats: StatCache,
  ) {
    this.#root = root;
    this.#workspace = workspace;
    this.#removals = removals;
    this.#damage = damage;
    this.#flush = flush;
    this.#seal = new BlobSeal(root, flush, stats);
  }

  path(blob: Blob): string {
    return blobPath(this.#root, blob.digest, blob.exec);
  }

  get isReadOnly(): boolean {
    return this.#workspace.isReadOnly;
  }

  held(blob: Blob): Uint8Array | undefined {
    return this.#held.get(blob.digest);
  }

  /** Checks its bytes, whatever its times are; removes a damaged one. */
  async holds(blob: Blob): Promise<boolean> {
    return existsSync(this.path(blob)) && this.#recheck(blob);
  }

  /** One stat. If the blob looks changed, checks its bytes and removes a damaged one. */
  async isWhole(blob: Blob): Promise<boolean> {
    if (this.looksWhole(blob)) return true;
    return existsSync(this.path(blob)) && this.#recheck(blob);
  }

  looksWhole(blob: Blob): boolean {
    const path = this.path(blob);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.size !== blob.size) return false;
    if (stat.mtimeMs === BLOB_MTIME_S * 1000) return true;
    return stat.mtimeMs === UNFLUSHED_MTIME_S * 1000 && this.#seal.isUnflushed(path);
  }

  async addBytes(bytes: Uint8Array | string, exec: boolean): Promise<Blob> {
    const data = typeof bytes === 'string' ? Buffer.from(bytes) : bytes;
    const blob = { digest: digestBytes(data), size: data.length, exec };
    if (await this.#adopt(blob)) return blob;
    if (this.#workspace.isReadOnly) {
      this.#held.set(blob.digest, data);
      return blob;
    }
    const temp = this.#workspace.fresh('blob');
    writeWhole(temp, data, false);
    failpoint('blob.written');
    await this.#seal.place(temp, blob);
    return blob;
  }

  /**
   * The bytes that are hashed are those that are stored, so a source changing meanwhile does no harm.
   * `stamp`: of the very file that was read, after it was.
   */
  async addCopy(path: string, exec: boolean): Promise<Blob & { readonly stamp: string }> {
    const fd = openSync(path, 'r');
    try {
      const small = fstatSync(fd).size <= SINGLE_READ_MAX_BYTES;
      const blob = small
        ? await this.addBytes(readFileSync(fd), exec)
        : await this.#addLargeCopy(pathOf(fd, path), exec);
      return { ...blob, stamp: stampOf(fstatSync(fd, { bigint: true })) };
    } finally {
      closeSync(fd);
    }
  }

  /** Whether a copy of this file takes no space: the file system has reflinks. Tries it. */
  sharesBytes(path: string): boolean {
    const temp = this.#workspace.fresh('reflink');
    try {
      copyFileSync(path, temp, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
      return true;
    } catch {
      return false;
    } finally {
      rmSync(temp, { force: true });
    }
  }

  async #addLargeCopy(path: string, exec: boolean): Promise<Blob> {
    const temp = this.#workspace.fresh('blob');
    await copyFile(path, temp, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    failpoint('blob.copied');
    const { digest, size } = await digestOf(temp);
    const blob = { digest, size, exec };
    if (await this.#adopt(blob)) unlinkSync(temp);
    else await this.#seal.place(temp, blob);
    return blob;
  }

  /**
   * A file that a stage has written. A small one is stored from the very bytes that are hashed: a process that
   * escaped may still have it open. A larger one is taken away from where it lies, after `quiet` has seen to it
   * that no such process is left, if nothing else refers to its inode.
   * `changed`: it was written to while it was read.
   */
  async addMoved(
    path: string,
    exec: boolean,
    quiet: () => Promise<void>,
  ): Promise<Blob | 'changed'> {
    const fd = openSync(path, 'r');
    try {
      const before = fstatSync(fd, { bigint: true });
      if (before.size <= SMALL_BLOB) {
        const bytes = readFileSync(fd);
        if (stampOf(fstatSync(fd, { bigint: true })) !== stampOf(before)) return 'changed';
        return await this.addBytes(bytes, exec);
      }
      if (before.nlink > 1n) return await this.addCopy(path, exec);
      await quiet();
      const { digest, size, stamp } = await digestOfOpen(fd, before);
      if (stamp !== stampOf(before)) return 'changed';
      const blob = { digest, size, exec };
      if (await this.#adopt(blob)) return blob;
      try {
        await this.#seal.placeOpen(fd, path, blob);
        return blob;
      } catch (error) {
        // On another file system, for another owner or in a read-only folder, its bytes can still
        // be copied.
        if (!['EXDEV', 'EPERM', 'EACCES'].includes(errorCode(error) ?? '')) throw error;
        return await this.addCopy(path, exec);
      }
    } finally {
      closeSync(fd);
    }
  }

  /** Returns what it reports. In a read-only cache the blob stays, and is a miss each time. */
  drop(blob: Blob, message: string): string {
    const path = this.path(blob);
    const told = this.isReadOnly ? message : `${message}; flow removed it`;
    if (!existsSync(path)) return told;
    if (!this.isReadOnly) rmSync(path, { force: true });
    failpoint('blob.dropped');
    this.#damage.report({ what: 'blob', path, message: told, digest: blob.digest });
    return told;
  }

  /**
   * The names of all files below `cas/`: `<shard>/<hex>`, or `<shard>/<hex>.x` for an executable.
   */
  *places(): Iterable<string> {
    const folder = join(this.#root, 'cas');
    for (const shard of namesIn(folder)) {
      for (const name of namesIn(join(folder, shard))) yield `${shard}/${name}`;
    }
  }

  /** Reads one, whatever its mtime is. `drop`: removes a damaged one. */
  async inspect(place: string, drop: boolean): Promise<Inspected> {
    const [, shard, hex = '', x] = /^(..)\/([0-9a-f]{64})(\.x)?$/.exec(place) ?? [];
    const path = join(this.#root, 'cas', place);
    if (hex.slice(0, 2) !== shard) return { kind: 'stray', path };
    const now = await digestIfThere(path);
    if (now === undefined) return { kind: 'gone' };
    const blob = { digest: `sha256:${hex}` as Digest, size: now.size, exec: x !== undefined };
    if (now.digest !== blob.digest) {
      if (drop) rmSync(path, { force: true });
      return { kind: 'damaged', path, size: now.size };
    }
    if (drop && !this.looksWhole(blob)) await this.#seal.finishAt(path, blob);
    return { kind: 'whole', path, size: now.size };
  }

  /**
   * Whether it exists. Its folder counts as not flushed, because another process may have just
   * added it.
   */
  async #adopt(blob: Blob): Promise<boolean> {
    if (!(await this.isWhole(blob)) || !(await this.#claim(this.path(blob)))) return false;
    this.#flush.placed(dirname(this.path(blob)));
    return true;
  }

  /**
   * Blobs that are newer than this process stay. An older one may be garbage that gc will remove,
   * so renews its ctime. False: it does not exist any more.
   */
  async #claim(path: string): Promise<boolean> {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return false;
    if (this.#workspace.isReadOnly) return true;
    if (stat.ctimeMs >= this.#workspace.since()) return true;
    try {
      // Its mtime stays; only its ctime changes.
      utimesSync(path, BLOB_MTIME_S, BLOB_MTIME_S);
    } catch (error) {
      // It belongs to another user, who shares the folder but not the file: replace it by our own
      // copy.
      if (['ENOENT', 'EPERM', 'EACCES'].includes(errorCode(error) ?? '')) return false;
      throw error;
    }
    failpoint('blob.claimed');
    return !(await this.#removals.settle()) || existsSync(path);
  }

  /**
   * Checks its bytes and removes a damaged one. A restored backup or a `touch` gives good bytes
   * another mtime; such blobs are kept.
   */
  async #recheck(blob: Blob): Promise<boolean> {
    const path = this.path(blob);
    const now = await digestIfThere(path);
    if (now === undefined) return false;
    if (now.digest !== blob.digest) {
      this.drop(blob, `${path} was changed after flow stored it`);
      return false;
    }
    if (!this.looksWhole(blob) && !this.#workspace.isReadOnly) {
      await this.#seal.finishAt(path, blob);
    }
    return existsSync(path);
  }
}

/**
 * A path to an open file that stays valid after renames; the file's own path on systems without
 * such paths.
 */
const pathOf = (fd: number, path: string): string =>
  process.platform === 'linux' ? `/proc/self/fd/${fd}` : path;
