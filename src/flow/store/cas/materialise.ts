import { chmodSync, lstatSync, mkdirSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Digest } from '../../core/ids.ts';
import type { Result } from '../../core/result.ts';
import { err, ok } from '../../core/result.ts';
import { CLOCK_LAG_MS } from '../../key/file-times.ts';
import type { DamagedError, TreeEntry } from '../store.ts';
import type { Blob } from './blob.ts';
import type { Blobs } from './blobs.ts';
import { digestOf, REHASH_MAX_BYTES } from './content.ts';
import { digestBytes } from '../../key/digest.ts';
import { failpoint } from '../disk/failpoints.ts';
import { BLOB_MTIME_S, UNFLUSHED_MTIME_S } from '../layout.ts';
import { Placer } from './place.ts';
import { stampAt } from './ingest.ts';
import { removeTree } from '../disk/remove-tree.ts';
import { stampOf } from './stat-cache.ts';
import type { StatCache } from './stat-cache.ts';
import { messageOf } from '../../core/system-error.ts';

/** Up to this size in bytes, a file is copied by reading and writing: one pass, no other thread. */
const WRITTEN_AT_ONCE = 1 << 20;

/** An edit sets another mtime, whether the blob was flushed before or not. */
const UNEDITED_MS: ReadonlySet<number> = new Set([BLOB_MTIME_S * 1000, UNFLUSHED_MTIME_S * 1000]);

export type HowPlaced = 'link' | 'copy';

/** A blob and the path of its copy or link. */
export type Placed = Blob & { readonly path: string | undefined };

/** A linked file that is not cheap to read again: see `letTick`. */
const LARGE = 1024 * 1024;

/** Places artifacts from the CAS. */
export class Materialiser {
  readonly #blobs: Blobs;
  /** Digest -> path of sources too large to be copied, as seen by this process. */
  readonly #inPlace: ReadonlyMap<Digest, string>;
  readonly #stats: StatCache;
  readonly #placer = new Placer();

  constructor(blobs: Blobs, inPlace: ReadonlyMap<Digest, string>, stats: StatCache) {
    this.#blobs = blobs;
    this.#inPlace = inPlace;
    this.#stats = stats;
  }

  async file(blob: Blob, path: string, how: HowPlaced): Promise<Result<void, DamagedError>> {
    try {
      const placed = await this.#file(blob, path, how);
      if (how === 'link' && blob.size > LARGE) await letTick();
      return placed;
    } catch (error) {
      return err({ code: 'io', digest: blob.digest, message: messageOf(error) });
    }
  }

  /** After a failure, nothing is left at `path`. `link`: folders without write permission. */
  async tree(
    digest: Digest,
    entries: readonly TreeEntry[],
    path: string,
    how: HowPlaced,
  ): Promise<Result<void, DamagedError>> {
    try {
      mkdirSync(path);
      failpoint('materialise.folder-made');
    } catch (error) {
      return err({ code: 'io', digest, message: messageOf(error) });
    }
    const placed = await this.#entries(digest, entries, path, how);
    const large = entries.some((entry) => entry.type === 'file' && entry.size > LARGE);
    if (how === 'link' && large) await letTick();
    if (!placed.ok) removeTree(path);
    return placed;
  }

  /**
   * Were the files at `path` left as they were placed? Without a path, the blobs themselves are asked. What
   * a stage changed through a hard link is dropped from the CAS. `sinceMs`: no stage could reach them
   * before, by the clock of their file system; then the bytes are read only where the ctime is newer, which
   * nobody can set: a stage may have put size and mtime back, or another one linked or unlinked the blob.
   */
  async untouched(files: readonly Placed[], sinceMs: number): Promise<boolean> {
    let all = true;
    for (const file of files) {
      if (await this.#intact(file, sinceMs)) continue;
      all = false;
      await this.#blobs.holds(file);
    }
    return all;
  }

  async #intact(file: Placed, sinceMs: number): Promise<boolean> {
    const { digest, size } = file;
    const path = file.path ?? this.#blobs.path(file);
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) {
      if (this.#inPlace.has(digest)) return true;
      return file.path !== undefined && this.#intact({ ...file, path: undefined }, sinceMs);
    }
    if (stat.isSymbolicLink()) return this.#inPlace.has(digest);
    if (stat.size !== size || !UNEDITED_MS.has(stat.mtimeMs)) return false;
    // A file without another link is a copy, which shares nothing with a blob.
    const isCopy = file.path !== undefined && stat.nlink === 1;
    return isCopy || stat.ctimeMs < sinceMs || (await digestOf(path)).digest === digest;
  }

  async #entries(
    digest: Digest,
    entries: readonly TreeEntry[],
    root: string,
    how: HowPlaced,
  ): Promise<Result<void, DamagedError>> {
    const folders = foldersOf(entries);
    try {
      for (const folder of folders) mkdirSync(join(root, folder));
      for (const entry of entries) {
        const path = join(root, entry.path);
        if (entry.type === 'link') symlinkSync(entry.target, path);
        if (entry.type !== 'file') continue;
        const placed = await this.#file(entry, path, how);
        if (!placed.ok) return placed;
      }
      // Deepest folders first, because a folder must be writable while its children are placed.
      if (how === 'link') {
        for (const folder of [...folders].reverse()) chmodSync(join(root, folder), 0o555);
        chmodSync(root, 0o555);
        failpoint('materialise.sealed');
      }
    } catch (error) {
      return err({ code: 'io', digest, message: messageOf(error) });
    }
    return ok(undefined);
  }

  async #file(blob: Blob, path: string, how: HowPlaced): Promise<Result<void, DamagedError>> {
    const { digest } = blob;
    const whole = await this.#blobs.isWhole(blob);
    const source = whole ? this.#blobs.path(blob) : this.#inPlace.get(digest);
    if (source === undefined) return err(missing(digest));
    if (how === 'link') {
      if (whole) await this.#placer.share(source, path);
      else this.#placer.shareInPlace(source, path);
      failpoint('materialise.file-placed');
      return ok(undefined);
    }
    if (await this.#copied(blob, source, whole, path)) return ok(undefined);
    removeTree(path);
    const message = `${source} no longer has the bytes that flow stored`;
    if (whole) this.#blobs.drop(blob, `${message}; flow removed it`);
    return err({ code: 'damaged-blob', digest, message });
  }

  /** False if the copy does not have the digest of the blob. */
  async #copied(blob: Blob, source: string, whole: boolean, path: string): Promise<boolean> {
    const { digest, exec } = blob;
    if (blob.size <= WRITTEN_AT_ONCE) {
      const bytes = readFileSync(source);
      if (digestBytes(bytes) !== digest) return false;
      this.#placer.write(bytes, path, exec);
      return true;
    }
    const stat = statSync(source, { bigint: true });
    const copying = this.#placer.copy(source, path, exec);
    if (whole && blob.size > REHASH_MAX_BYTES && this.#stats.lookup(source, stat) === digest) {
      await copying;
      if (stampAt(source) === stampOf(stat)) return true;
    }
    // Other threads copy while this one hashes. If a user changes the file meanwhile, the copy
    // counts.
    const readAt = this.#stats.now();
    const [read] = await Promise.all([whole ? digestOf(source) : undefined, copying]);
    if (read === undefined) return (await digestOf(path)).digest === digest;
    if (read.digest !== digest) return false;
    if (blob.size > REHASH_MAX_BYTES && read.stamp === stampOf(stat)) {
      this.#stats.remember(source, stat, readAt, digest);
    }
    return true;
  }
}

export const missing = (digest: Digest): DamagedError => ({
  code: 'missing-blob',
  digest,
  message: `${digest} is not in the cache`,
});

/**
 * Linking sets the blob's ctime. Waits one clock tick, so that a later change gets a new ctime.
 * Otherwise flow must read the file again after the stage.
 */
async function letTick(): Promise<void> {
  await delay(CLOCK_LAG_MS);
}

/** All folders of the tree below its root, parents first. */
function foldersOf(entries: readonly TreeEntry[]): readonly string[] {
  const folders = new Set<string>();
  for (const entry of entries) {
    const chain: string[] = [];
    let at = entry.type === 'dir' ? entry.path : dirname(entry.path);
    for (; at !== '.' && !folders.has(at); at = dirname(at)) chain.push(at);
    for (const folder of chain.reverse()) folders.add(folder);
  }
  return [...folders];
}
