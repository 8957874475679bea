import { realpathSync, statSync } from 'node:fs';
import { resolve, sep } from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { Digest } from '../../core/ids.ts';
import type { Result } from '../../core/result.ts';
import { err, ok } from '../../core/result.ts';
import type { Blob } from './blob.ts';
import type { Blobs } from './blobs.ts';
import { digestOf } from './content.ts';
import { MAX_COPIED_SOURCE } from '../layout.ts';
import { mapPool } from '../disk/pool.ts';
import type { Links, Scan, ScannedFile } from './scan.ts';
import { ingestError, scan } from './scan.ts';
import type { StatCache } from './stat-cache.ts';
import { stampOf } from './stat-cache.ts';
import type {
  IngestError,
  IngestHow,
  IngestOptions,
  LargeSource,
  SourceArtifact,
  TreeEntry,
} from '../store.ts';
import { encodeListing, sizeOf } from './tree-listing.ts';
import { digestBytes } from '../../key/digest.ts';
import type { Excluded } from '../../key/files/glob.ts';
import { isInside } from '../../key/paths.ts';
import { errorCode } from '../../core/system-error.ts';

/** Twice the threads of libuv: one half hashes while the other half waits for the disk. */
const WIDTH = 8;

/** Not a source: flow itself writes there. */
export function holdsCache(absolute: string, cache: string): boolean {
  return cache === absolute || cache.startsWith(absolute + sep);
}

/** Stores files and folders in the CAS, or only computes their artifacts. */
export class Ingest {
  readonly #root: string;
  readonly #blobs: Blobs;
  readonly #stats: StatCache;
  readonly #maxCopied: number;
  /** Digest -> path of large sources, as seen by this process. */
  readonly inPlace = new Map<Digest, string>();

  constructor(root: string, blobs: Blobs, stats: StatCache, maxCopied = MAX_COPIED_SOURCE) {
    this.#root = root;
    this.#blobs = blobs;
    this.#stats = stats;
    this.#maxCopied = maxCopied;
  }

  /** Stores an output of a stage. `move`: moves large files if possible, after `quiet`. */
  async output(
    path: string,
    how: IngestHow,
    { quiet = async () => undefined }: IngestOptions = {},
  ): Promise<Result<Artifact, IngestError>> {
    let silence: Promise<void> | undefined;
    const once = (): Promise<void> => (silence ??= quiet());
    return this.#artifact(path, 'keep', true, (file) => this.#store(file, how, once));
  }

  async source(path: string, excluded?: Excluded): Promise<Result<SourceArtifact, IngestError>> {
    const absolute = resolve(path);
    if (holdsCache(absolute, this.#root)) {
      const message = `${absolute} contains flow's cache, which changes while flow reads it`;
      return err({ code: 'unreadable', path: absolute, message });
    }
    const large: LargeSource[] = [];
    const take = async (file: ScannedFile): Promise<Result<Blob, IngestError>> => {
      if (file.size <= this.#maxCopied && !this.#blobs.isReadOnly) return this.#copied(file);
      const blob = await this.#hashed(file);
      if (blob.ok) {
        // The file itself, because links on its path could change while a stage reads it.
        const path = realpathSync(file.absolute);
        large.push({ path, stamp: stampOf(file.stat), ...blob.value });
        this.inPlace.set(blob.value.digest, path);
      }
      return blob;
    };
    const artifact = await this.#artifact(absolute, 'follow', true, take, excluded);
    return artifact.ok ? ok({ artifact: artifact.value, large }) : artifact;
  }

  /** Copies its large files, where they are not in the CAS. false: one of them has changed since it was hashed. */
  async keep({ large }: SourceArtifact): Promise<boolean> {
    for (const { path, ...blob } of large) {
      if (await this.#blobs.isWhole(blob)) continue;
      const { digest } = await this.#blobs.addCopy(path, blob.exec);
      if (digest !== blob.digest) return false;
    }
    return true;
  }

  /** 0 where the file system can share the bytes of a file. */
  bytesToKeep(sources: Iterable<SourceArtifact>): number {
    const missing = new Map<string, LargeSource>();
    for (const each of [...sources].flatMap(({ large }) => large)) {
      if (!this.#blobs.looksWhole(each)) missing.set(`${each.digest} ${each.exec}`, each);
    }
    return [...missing.values()]
      .filter(({ path }) => !this.#blobs.sharesBytes(path))
      .reduce((sum, { size }) => sum + size, 0);
  }

  /** The result of `output`, without storing anything. */
  async contentOf(path: string): Promise<Result<Artifact, IngestError>> {
    return this.#artifact(path, 'keep', false, (file) => this.#hashed(file));
  }

  async #artifact(
    path: string,
    links: Links,
    store: boolean,
    take: (file: ScannedFile) => Promise<Result<Blob, IngestError>>,
    excluded?: Excluded,
  ): Promise<Result<Artifact, IngestError>> {
    const scanned = scan(path, links, excluded);
    if (!scanned.ok) return scanned;
    try {
      return await this.#taken(scanned.value, store, take);
    } catch (error) {
      if (this.#isOfCache(path, error)) throw error;
      return err(ingestError(path, error));
    }
  }

  /** The problem is not the source but the cache, to which this user may not write. */
  #isOfCache(path: string, error: unknown): boolean {
    if (!['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error) ?? '')) return false;
    const at = (error as NodeJS.ErrnoException).path ?? '';
    return isInside(this.#root, at) && !isInside(path, at);
  }

  async #taken(
    found: Scan,
    store: boolean,
    take: (file: ScannedFile) => Promise<Result<Blob, IngestError>>,
  ): Promise<Result<Artifact, IngestError>> {
    if (found.kind === 'file') {
      const blob = await take(found.file);
      return blob.ok ? ok({ kind: 'file', ...inOrder(blob.value) }) : blob;
    }
    const entries: TreeEntry[] = [
      ...found.dirs.map((path) => ({ type: 'dir', path }) as const),
      ...Array.from(found.links, ([path, target]) => ({ type: 'link', path, target }) as const),
    ];
    const blobs = await mapPool(found.files, WIDTH, take);
    for (const [index, blob] of blobs.entries()) {
      if (!blob.ok) return blob;
      const path = found.files[index]?.path ?? '';
      entries.push({ type: 'file', path, ...inOrder(blob.value) });
    }
    const listing = encodeListing(entries);
    const digest = store
      ? (await this.#blobs.addBytes(listing, false)).digest
      : digestBytes(listing);
    return ok({ kind: 'tree', size: sizeOf(entries), digest });
  }

  async #store(
    file: ScannedFile,
    how: IngestHow,
    quiet: () => Promise<void>,
  ): Promise<Result<Blob, IngestError>> {
    if (how === 'copy') return ok(await this.#blobs.addCopy(file.absolute, file.exec));
    const blob = await this.#blobs.addMoved(file.absolute, file.exec, quiet);
    return blob === 'changed' ? err(changed(file)) : ok(blob);
  }

  async #copied(file: ScannedFile): Promise<Result<Blob, IngestError>> {
    const known = this.#known(file);
    if (known !== undefined && (await this.#blobs.isWhole(known))) return ok(known);
    const readAt = this.#stats.now();
    const { stamp, ...blob } = await this.#blobs.addCopy(file.absolute, file.exec);
    if (stamp === stampOf(file.stat)) {
      this.#stats.remember(file.absolute, file.stat, readAt, blob.digest);
    }
    return ok(blob);
  }

  async #hashed(file: ScannedFile): Promise<Result<Blob, IngestError>> {
    const known = this.#known(file);
    if (known !== undefined) return ok(known);
    const readAt = this.#stats.now();
    const { digest, size, stamp } = await digestOf(file.absolute);
    if (stamp !== stampOf(file.stat)) return err(changed(file));
    this.#stats.remember(file.absolute, file.stat, readAt, digest);
    return ok({ digest, size, exec: file.exec });
  }

  #known(file: ScannedFile): Blob | undefined {
    const digest = this.#stats.lookup(file.absolute, file.stat);
    return digest === undefined ? undefined : { digest, size: file.size, exec: file.exec };
  }
}

/** The members in the order of the records. */
const inOrder = ({ exec, size, digest }: Blob): Blob => ({ exec, size, digest });

function changed(file: ScannedFile): IngestError {
  const message = `${file.absolute} changed while flow read it`;
  return { code: 'changed', path: file.absolute, message };
}

/** Undefined if the file does not exist any more. */
export function stampAt(path: string): string | undefined {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? undefined : stampOf(stat);
}
