import type { Artifact } from '../core/artifact.ts';
import type { Json } from '../core/json.ts';
import type { Result } from '../core/result.ts';

// What key/ needs of a store, so that it knows no disk layout.

/**
 * Remembers small values across processes. Only ever saves work: a lost or damaged value is `undefined`,
 * and whoever reads one checks that it still holds. Names match [A-Za-z0-9._-]{1,120}.
 */
export interface Memo {
  get(name: string): Promise<Json | undefined>;
  put(name: string, value: Json): Promise<void>;
}

/** The part of a `Store` that keeps bundles. */
export interface Blobs {
  putBytes(bytes: Uint8Array, exec: boolean): Promise<Artifact>;
  read(artifact: Artifact): Promise<Result<Uint8Array, unknown>>;
}
