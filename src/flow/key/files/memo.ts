import type { Artifact } from '../../core/artifact.ts';
import type { Json } from '../../core/json.ts';
import type { Result } from '../../core/result.ts';
import type { Watch, Watcher } from './watch.ts';

// The memos of key/, and what they need from a store, so that key/ does not know the layout of the
// cache.

/**
 * Remembers small values between processes. `get` returns a value exactly as it was put, or
 * `undefined` if it is lost or damaged: a key can depend on it. Names match [A-Za-z0-9._-]{1,120}.
 */
export interface Memo {
  get(name: string): Promise<Json | undefined>;
  put(name: string, value: Json): Promise<void>;
}

/**
 * The maximum size in bytes of sources that flow keeps to show their lines. Larger files count as
 * data.
 */
export const KEPT_BYTES = 1024 * 1024;

/** The part of a `Store` that keeps bundles. */
export interface Blobs {
  putBytes(bytes: Uint8Array, exec: boolean): Promise<Artifact>;
  read(artifact: Artifact): Promise<Result<Uint8Array, unknown>>;
}

/** A value that was made from files. It is valid while they are unchanged. JSON. */
interface Watched {
  readonly watches: readonly Watch[];
}

/** undefined: the memo has no value of this name, or a file that it was made from has changed. */
export async function recallWatched<T extends Watched>(
  memo: Memo,
  name: string,
  watcher: Watcher,
): Promise<T | undefined> {
  const remembered = (await memo.get(name)) as T | undefined;
  if (remembered === undefined) return undefined;
  const watches = await watcher.renew(remembered.watches);
  if (watches === undefined) return undefined;
  if (watches.some((watch, index) => watch !== remembered.watches[index])) {
    await keepWatched(memo, name, { ...remembered, watches });
  }
  return remembered;
}

export async function keepWatched<T extends Watched>(
  memo: Memo,
  name: string,
  value: T,
): Promise<void> {
  await memo.put(name, value as unknown as Json);
}

/** Makes a value once per name within a process; callers that ask meanwhile get the same promise. */
export function remember<T>(
  known: Map<string, Promise<T>>,
  name: string,
  make: () => Promise<T>,
): Promise<T> {
  let value = known.get(name);
  if (value === undefined) {
    value = make();
    known.set(name, value);
  }
  return value;
}
