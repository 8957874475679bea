import type { Artifact } from '../core/artifact.ts';
import type { Json } from '../core/json.ts';
import type { Result } from '../core/result.ts';
import { digestBytes } from './digest.ts';

// What key/ needs of a store, so that it knows no disk layout.

/**
 * Remembers small values across processes. Only ever saves work: a lost or damaged value is `undefined`,
 * and whoever reads one checks that it still holds. Names match [A-Za-z0-9._-]{1,120}.
 */
export interface Memo {
  get(name: string): Promise<Json | undefined>;
  put(name: string, value: Json): Promise<void>;
}

/** Sources up to this size are kept to be shown; larger ones are data, whose lines nobody reads. */
export const KEPT_BYTES = 1024 * 1024;

/** The part of a `Store` that keeps bundles. */
export interface Blobs {
  putBytes(bytes: Uint8Array, exec: boolean): Promise<Artifact>;
  read(artifact: Artifact): Promise<Result<Uint8Array, unknown>>;
}

/**
 * Whole or not at all: a remembered value leads to a key, so damage that still parses must not be believed.
 */
export async function recall(memo: Memo, name: string): Promise<Json | undefined> {
  const sealed = await memo.get(name);
  if (sealed === null || typeof sealed !== 'object' || !('text' in sealed)) return undefined;
  const { text, digest } = sealed;
  if (typeof text !== 'string' || digest !== digestBytes(text)) return undefined;
  return JSON.parse(text) as Json;
}

export async function keep(memo: Memo, name: string, value: Json): Promise<void> {
  const text = JSON.stringify(value);
  await memo.put(name, { digest: digestBytes(text), text });
}
