import type { Artifact } from '../../core/artifact.ts';
import type { Digest } from '../../core/ids.ts';
import type { Result } from '../../core/result.ts';
import type { Blob } from './blob.ts';
import type { Blobs } from './blobs.ts';
import type { Contents } from './contents.ts';
import type { Materialiser } from './materialise.ts';
import type { DamagedError, HowPlaced } from '../store.ts';

/**
 * Files and trees, on top of their blobs: whether they are complete, placing them, whether they are
 * unchanged.
 */
export class Artifacts {
  readonly #blobs: Blobs;
  readonly #contents: Contents;
  readonly #materialiser: Materialiser;
  /** Digest -> path of sources too large to be copied, as seen by this process. */
  readonly #inPlace: ReadonlyMap<Digest, string>;

  constructor(
    blobs: Blobs,
    contents: Contents,
    materialiser: Materialiser,
    inPlace: ReadonlyMap<Digest, string>,
  ) {
    this.#blobs = blobs;
    this.#contents = contents;
    this.#materialiser = materialiser;
    this.#inPlace = inPlace;
  }

  async has(artifact: Artifact): Promise<boolean> {
    if (artifact.kind === 'file') return this.#hasFile(artifact);
    const entries = this.#contents.list(artifact);
    if (!entries.ok) return false;
    for (const entry of entries.value) {
      if (entry.type !== 'file' || this.#blobs.looksWhole(entry)) continue;
      if (!(await this.#hasFile(entry))) return false;
    }
    return true;
  }

  looksWhole(artifact: Artifact): boolean {
    if (artifact.kind === 'file') return this.#blobs.looksWhole(artifact);
    const entries = this.#contents.list(artifact);
    return (
      entries.ok &&
      entries.value.every((entry) => entry.type !== 'file' || this.#blobs.looksWhole(entry))
    );
  }

  async materialise(
    artifact: Artifact,
    path: string,
    how: HowPlaced,
  ): Promise<Result<void, DamagedError>> {
    if (artifact.kind === 'file') return this.#materialiser.file(artifact, path, how);
    const entries = this.#contents.list(artifact);
    if (!entries.ok) return entries;
    return this.#materialiser.tree(artifact.digest, entries.value, path, how);
  }

  /** Was what was placed read-only at `path` left as it was? See `Materialiser`. */
  async untouched(artifact: Artifact, path: string, sinceMs: number): Promise<boolean> {
    if (artifact.kind === 'file') {
      return this.#materialiser.fileUntouched(artifact, path, sinceMs);
    }
    const entries = this.#contents.list(artifact);
    return entries.ok && this.#materialiser.treeUntouched(entries.value, path, sinceMs);
  }

  async #hasFile(blob: Blob): Promise<boolean> {
    return (await this.#blobs.isWhole(blob)) || this.#inPlace.has(blob.digest);
  }
}
