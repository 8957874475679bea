import { chmodSync, lstatSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Digest } from '../core/ids.ts';
import type { Result } from '../core/result.ts';
import { err, ok } from '../core/result.ts';
import type { DamagedError, TreeEntry } from './store.ts';
import type { Blob, Blobs } from './blobs.ts';
import { digestOf } from './blobs.ts';
import { failpoint } from './failpoints.ts';
import { BLOB_MTIME_S } from './layout.ts';
import { Placer } from './place.ts';
import { removeTree } from './remove-tree.ts';
import { messageOf } from './system-error.ts';

export type HowPlaced = 'link' | 'copy';

/** Brings artifacts out of the CAS. */
export class Materialiser {
  readonly #blobs: Blobs;
  /** Digest -> path of sources too large to be copied, as seen by this process. */
  readonly #inPlace: ReadonlyMap<Digest, string>;
  readonly #placer = new Placer();

  constructor(blobs: Blobs, inPlace: ReadonlyMap<Digest, string>) {
    this.#blobs = blobs;
    this.#inPlace = inPlace;
  }

  async file(blob: Blob, path: string, how: HowPlaced): Promise<Result<void, DamagedError>> {
    try {
      return await this.#file(blob, path, how);
    } catch (error) {
      return err({ code: 'io', digest: blob.digest, message: messageOf(error) });
    }
  }

  /** On failure nothing is left at `path`. `link`: folders without their write bit. */
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
    if (!placed.ok) removeTree(path);
    return placed;
  }

  /**
   * Were the files at `path` left as they were placed? Without a path, the blobs themselves are asked. What
   * a stage changed through a hard link is dropped from the CAS.
   */
  async untouched(
    files: readonly (Blob & { readonly path: string | undefined })[],
  ): Promise<boolean> {
    let all = true;
    for (const file of files) {
      if (this.#intact(file)) continue;
      all = false;
      await this.#blobs.isWhole(file);
    }
    return all;
  }

  #intact(file: Blob & { readonly path: string | undefined }): boolean {
    const stat =
      file.path === undefined ? undefined : lstatSync(file.path, { throwIfNoEntry: false });
    if (stat === undefined) {
      return this.#inPlace.has(file.digest) || this.#blobs.looksWhole(file);
    }
    if (stat.isSymbolicLink()) return this.#inPlace.has(file.digest);
    return stat.size === file.size && stat.mtimeMs === BLOB_MTIME_S * 1000;
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
      // Deepest first: a folder must still be writable while its children are placed.
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
    await this.#placer.copy(source, path, blob.exec);
    if ((await digestOf(path)).digest === digest) return ok(undefined);
    removeTree(path);
    const message = `${source} no longer holds the bytes that it was stored with`;
    if (whole) this.#blobs.drop(blob, `${message}; dropped`);
    return err({ code: 'damaged-blob', digest, message });
  }
}

export const missing = (digest: Digest): DamagedError => ({
  code: 'missing-blob',
  digest,
  message: `${digest} is not in the cache`,
});

/** Every folder of the tree below its root, parents first. */
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
