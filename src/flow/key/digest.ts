import { createHash, hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { ActionKey, Digest } from '../core/ids.ts';

// Everything uses one hash, SHA-256, so that the store, Bazel's caches and other tools share
// digests.

export interface Hasher {
  update(chunk: Uint8Array | string): void;
  /** Once, at the end. */
  digest(): Digest;
}

export function newHasher(): Hasher {
  const hash = createHash('sha256');
  return {
    update: (chunk) => void hash.update(chunk),
    digest: () => `sha256:${hash.digest('hex')}` as Digest,
  };
}

/** A string is hashed as its UTF-8 bytes. */
export function digestBytes(data: Uint8Array | string): Digest {
  return `sha256:${hash('sha256', data)}` as Digest;
}

/** `fd`: of an open file, read from its start. Size in bytes. Rejects with the file system's error. */
export async function digestFile(fd: number): Promise<{ digest: Digest; size: number }> {
  const hasher = newHasher();
  let size = 0;
  const options = { fd, autoClose: false, start: 0, highWaterMark: 1 << 20 };
  for await (const chunk of createReadStream('', options)) {
    const bytes = chunk as Uint8Array;
    hasher.update(bytes);
    size += bytes.length;
  }
  return { digest: hasher.digest(), size };
}

export function isDigest(text: string): text is Digest {
  return /^sha256:[0-9a-f]{64}$/.test(text);
}

/** The 64 hex digits. */
export function hexOf(digest: Digest | ActionKey): string {
  return digest.slice('sha256:'.length);
}
