import { readFileSync } from 'node:fs';
import type { Artifact } from '../../core/artifact.ts';
import type { Digest } from '../../core/ids.ts';
import type { Result } from '../../core/result.ts';
import { err, ok } from '../../core/result.ts';
import { digestBytes } from '../../key/digest.ts';
import type { Blob } from './blob.ts';
import type { Blobs } from './blobs.ts';
import { missing } from './materialise.ts';
import type { DamagedError, TreeEntry } from '../store.ts';
import { decodeListing } from './tree-listing.ts';

interface Listing {
  readonly blob: Blob;
  readonly entries: readonly TreeEntry[];
}

/** Reads the content of artifacts and checks it against the digest. */
export class Contents {
  readonly #blobs: Blobs;
  readonly #inPlace: ReadonlyMap<Digest, string>;
  /** Keeps listings, which are small and needed for every check of their tree. */
  readonly #listings = new Map<Digest, Listing>();

  constructor(blobs: Blobs, inPlace: ReadonlyMap<Digest, string>) {
    this.#blobs = blobs;
    this.#inPlace = inPlace;
  }

  /** The bytes of a file, or the listing of a tree. */
  read(artifact: Artifact): Result<Uint8Array, DamagedError> {
    const { digest, size } = artifact;
    return this.#read({ digest, size, exec: artifact.kind === 'file' && artifact.exec });
  }

  list(tree: Artifact): Result<readonly TreeEntry[], DamagedError> {
    const { digest } = tree;
    const known = this.#listings.get(digest);
    if (known !== undefined && this.#blobs.looksWhole(known.blob)) return ok(known.entries);
    const bytes = this.#read({ digest, size: 0, exec: false });
    if (!bytes.ok) return bytes;
    const entries = decodeListing(Buffer.from(bytes.value).toString('utf8'));
    if (entries === undefined) {
      return err({ code: 'damaged-blob', digest, message: `${digest} is not a listing of a tree` });
    }
    const blob = { digest, size: bytes.value.length, exec: false };
    this.#listings.set(digest, { blob, entries });
    return ok(entries);
  }

  /** The file at a path inside an artifact; '' is the artifact itself. */
  find(artifact: Artifact, path: string): Result<Artifact | undefined, DamagedError> {
    const wanted = path.replaceAll(/^(\.?\/)+|\/+$/g, '');
    if (wanted === '') return ok(artifact);
    if (artifact.kind === 'file') return ok(undefined);
    const entries = this.list(artifact);
    if (!entries.ok) return entries;
    const file = entries.value.find((entry) => entry.path === wanted);
    if (file?.type !== 'file') return ok(undefined);
    return ok({ kind: 'file', exec: file.exec, size: file.size, digest: file.digest });
  }

  #read(blob: Blob): Result<Uint8Array, DamagedError> {
    const { digest } = blob;
    const bytes = this.#bytes(blob);
    if (bytes === undefined) return err(missing(digest));
    if (digestBytes(bytes) === digest) return ok(bytes);
    const path = this.#blobs.path(blob);
    const message = this.#blobs.drop(blob, `${path} does not have the bytes of its digest`);
    return err({ code: 'damaged-blob', digest, message });
  }

  #bytes(blob: Blob): Uint8Array | undefined {
    const stored = readIfThere(this.#blobs.path(blob)) ?? this.#blobs.held(blob);
    const source = this.#inPlace.get(blob.digest);
    return stored === undefined && source !== undefined ? readIfThere(source) : stored;
  }
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
