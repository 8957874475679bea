import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Digest } from '../../core/ids.ts';
import type { Result } from '../../core/result.ts';
import { err, ok } from '../../core/result.ts';
import { CLOCK_LAG_MS } from '../../key/files/file-times.ts';
import type { DamagedError, HowPlaced, TreeEntry } from '../store.ts';
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

/** Up to this size in bytes, a file is copied by reading and writing: that checks its bytes in the same pass. */
const SMALL = 1 << 20;

/** An edit sets another mtime, whether the blob was flushed before or not. */
const UNEDITED_MS: ReadonlySet<number> = new Set([BLOB_MTIME_S * 1000, UNFLUSHED_MTIME_S * 1000]);

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
      if (how === 'read-only' && blob.size > SMALL) await letTick();
      return placed;
    } catch (error) {
      return err({ code: 'io', digest: blob.digest, message: messageOf(error) });
    }
  }

  /** After a failure, nothing is left at `path`. `read-only`: the folders are read-only, too. */
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
    const large = entries.some((entry) => entry.type === 'file' && entry.size > SMALL);
    if (how === 'read-only' && large) await letTick();
    if (!placed.ok) removeTree(path);
    return placed;
  }

  /**
   * Was the file at `path` left as it was placed? If it was not, a stage may have changed its blob through a
   * hard link, so the blob is checked and removed if it is damaged. `sinceMs`: no stage could reach the file
   * before, by the clock of its file system. Its bytes are read only if its ctime, which nobody can set, is not
   * older: a stage may have put size and mtime back, and another run may have linked the blob.
   */
  async fileUntouched(blob: Blob, path: string, sinceMs: number): Promise<boolean> {
    if (await this.#intact(blob, path, sinceMs)) return true;
    await this.#blobs.holds(blob);
    return false;
  }

  /** The same for all files of a tree. Also false: something was added, removed or replaced. */
  async treeUntouched(
    entries: readonly TreeEntry[],
    path: string,
    sinceMs: number,
  ): Promise<boolean> {
    let all = namesUntouched(entries, path, sinceMs);
    for (const entry of entries) {
      const at = join(path, entry.path);
      if (entry.type === 'link' && linkTarget(at) !== entry.target) all = false;
      // All of them, because each can have damaged a blob.
      if (entry.type === 'file' && !(await this.fileUntouched(entry, at, sinceMs))) all = false;
    }
    return all;
  }

  async #intact({ digest, size }: Blob, path: string, sinceMs: number): Promise<boolean> {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return false;
    if (stat.isSymbolicLink()) return linkTarget(path) === this.#inPlace.get(digest);
    if (stat.size !== size || !UNEDITED_MS.has(stat.mtimeMs)) return false;
    return stat.ctimeMs < sinceMs || (await digestOf(path)).digest === digest;
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
      if (how === 'read-only') {
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
    if (how === 'read-only' && (blob.size > SMALL || !whole)) {
      if (whole) await this.#placer.share(source, path);
      else this.#placer.shareInPlace(source, path);
      failpoint('materialise.file-placed');
      return ok(undefined);
    }
    const copied =
      blob.size > SMALL
        ? await this.#copied(blob, source, whole, path)
        : this.#written(blob, source, path, how);
    if (copied) {
      failpoint('materialise.file-placed');
      return ok(undefined);
    }
    removeTree(path);
    const message = `${source} no longer has the bytes that flow stored`;
    if (whole) this.#blobs.drop(blob, message);
    return err({ code: 'damaged-blob', digest, message });
  }

  /** False if the bytes do not have the digest of the blob. */
  #written({ digest, exec }: Blob, source: string, path: string, how: HowPlaced): boolean {
    const bytes = readFileSync(source);
    if (digestBytes(bytes) !== digest) return false;
    if (how === 'read-only') this.#placer.shareBytes(bytes, path, exec);
    else this.#placer.copyBytes(bytes, path, exec);
    return true;
  }

  /** The same for a large one. */
  async #copied(blob: Blob, source: string, whole: boolean, path: string): Promise<boolean> {
    const { digest, exec } = blob;
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

/** In a folder whose ctime is older, no name can have changed. */
function namesUntouched(entries: readonly TreeEntry[], root: string, sinceMs: number): boolean {
  const names = new Map([['', 0], ...foldersOf(entries).map((folder) => [folder, 0] as const)]);
  const files = entries.filter(({ type }) => type !== 'dir').map((entry) => entry.path);
  for (const name of [...files, ...names.keys()]) {
    if (name !== '') names.set(folderOf(name), (names.get(folderOf(name)) ?? 0) + 1);
  }
  return [...names].every(([folder, count]) => {
    const stat = lstatSync(join(root, folder), { throwIfNoEntry: false });
    if (stat?.isDirectory() !== true) return false;
    return stat.ctimeMs < sinceMs || readdirSync(join(root, folder)).length === count;
  });
}

const folderOf = (name: string): string => (dirname(name) === '.' ? '' : dirname(name));

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
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
