import { sep } from 'node:path';
import type { ActionKey, Digest } from '../core/ids.ts';
import { hexOf } from '../key/digest.ts';

// cache/{VERSION, CACHEDIR.TAG, .gitignore, cas/ab/…, actions/ab/….json, runs/<id>/…, kept/<run>/<instance>/,
// checkpoints/<key>/, frozen/, locks/, memo/, tmp/}

/** Layout number in `VERSION`. 1: first. 2: action results and memos are sealed. */
export const CACHE_VERSION = 2;

/**
 * Seconds since the epoch that every whole blob carries as its mtime (2000-01-01). It is set after the
 * data is on disk, so a blob with it was written completely and not edited since.
 */
export const BLOB_MTIME_S = 946_684_800;

/**
 * The mtime of a blob that has its name but whose bytes may not be on disk yet (a day before the other one).
 * Only the process that wrote it may believe it. After a power cut its bytes may be torn, so whoever meets
 * it then compares them with its digest.
 */
export const UNFLUSHED_MTIME_S = BLOB_MTIME_S - 86_400;

/** Sources up to this many bytes are copied into the CAS when they are hashed, larger ones when a stage needs them. */
export const MAX_COPIED_SOURCE = 64 * 1024 * 1024;

// Put together without `join`, which takes longer than the stat that follows.

/** Exec and non-exec blobs are separate inodes: a hard link shares its mode with all other links. */
export function blobPath(root: string, digest: Digest, exec: boolean): string {
  const hex = hexOf(digest);
  return `${root}${sep}cas${sep}${hex.slice(0, 2)}${sep}${hex}${exec ? '.x' : ''}`;
}

export function actionPath(root: string, key: ActionKey): string {
  const hex = hexOf(key);
  return `${root}${sep}actions${sep}${hex.slice(0, 2)}${sep}${hex}.json`;
}
