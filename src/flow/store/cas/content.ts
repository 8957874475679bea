import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import type { Digest } from '../../core/ids.ts';
import { digestBytes, digestFile } from '../../key/digest.ts';
import { stampOf } from './stat-cache.ts';
import { errorCode } from '../../core/system-error.ts';

/** Below this size in bytes, one read is faster than a stream. */
export const SINGLE_READ_MAX_BYTES = 4 * 1024 * 1024;

/**
 * Up to this size in bytes, a blob is hashed whenever it is copied. For a larger one, hashing takes
 * longer than copying: it is hashed once, when it is stored, and not again while its stat is
 * unchanged, as for sources. Nobody can set a ctime.
 */
export const REHASH_MAX_BYTES = 64 * 1024 * 1024;

/** The content of a file, and its stamp after reading. */
export interface Content {
  readonly digest: Digest;
  readonly size: number;
  /** Of the file that was read: its path may lead to another one now. */
  readonly stamp: string;
}

export async function digestOf(path: string): Promise<Content> {
  const fd = openSync(path, 'r');
  try {
    return await digestOfOpen(fd, fstatSync(fd, { bigint: true }));
  } finally {
    closeSync(fd);
  }
}

/** `stat`: of the open file, before reading. */
export async function digestOfOpen(fd: number, stat: BigIntStats): Promise<Content> {
  const content = stat.size > SINGLE_READ_MAX_BYTES ? await digestFile(fd) : digestAtOnce(fd, stat);
  return { ...content, stamp: stampOf(fstatSync(fd, { bigint: true })) };
}

/**
 * Only a path that does not exist, or is a folder, counts as missing: a file that cannot be read
 * now may be complete.
 */
export async function digestIfThere(path: string): Promise<Content | undefined> {
  try {
    return await digestOf(path);
  } catch (error) {
    if (['ENOENT', 'EISDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** From the start to the present end of the file. */
function digestAtOnce(fd: number, { size }: BigIntStats): { digest: Digest; size: number } {
  let bytes = Buffer.allocUnsafe(Number(size) + 1);
  let length = 0;
  for (;;) {
    const read = readSync(fd, bytes, length, bytes.length - length, length);
    length += read;
    if (read === 0) break;
    if (length === bytes.length) bytes = Buffer.concat([bytes, Buffer.allocUnsafe(length)]);
  }
  return { digest: digestBytes(bytes.subarray(0, length)), size: length };
}
