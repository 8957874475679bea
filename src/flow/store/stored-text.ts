import { open, readFile, stat } from 'node:fs/promises';
import type { Artifact } from '../core/artifact.ts';
import type { Digest } from '../core/ids.ts';
import type { Result } from '../core/result.ts';
import { ok } from '../core/result.ts';
import { digestBytes } from '../key/digest.ts';
import type { DiskStore } from './disk-store.ts';
import { blobPath } from './layout.ts';
import type { DamagedError } from './store.ts';

/** The maximum size of a file that flow reads to show it. */
const MAX_BYTES = 1024 * 1024;

/** The bytes of a file by its digest; undefined if it is missing or damaged. */
export async function storedBytes(
  store: DiskStore,
  digest: Digest,
  most = Infinity,
): Promise<Uint8Array | undefined> {
  for (const exec of [false, true]) {
    const size = await sizeOf(blobPath(store.root, digest, exec));
    if (size === undefined || size > most) continue;
    const bytes = await store.read({ kind: 'file', exec, size, digest });
    if (bytes.ok) return bytes.value;
  }
  return undefined;
}

/** The same as text; also undefined for large and binary files. */
export async function storedText(store: DiskStore, digest: Digest): Promise<string | undefined> {
  return decode(await storedBytes(store, digest, MAX_BYTES));
}

/** A small file, checked against its digest; of a larger one its first bytes as they are on the disk. */
export async function readHead(
  store: DiskStore,
  artifact: Artifact & { readonly kind: 'file' },
  most: number,
): Promise<Result<Uint8Array, DamagedError>> {
  if (artifact.size <= most) return store.read(artifact);
  try {
    const file = await open(storedPath(store, artifact));
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(most), 0, most, 0);
      return ok(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch {
    return store.read(artifact);
  }
}

/** The path of a file's bytes in the cache. Absolute if the cache's root is. */
export function storedPath(
  store: DiskStore,
  artifact: Artifact & { readonly kind: 'file' },
): string {
  return blobPath(store.root, artifact.digest, artifact.exec);
}

/** A file of the work tree, if it still has this digest. */
export async function fileText(file: string, digest: Digest): Promise<string | undefined> {
  const size = await sizeOf(file);
  if (size === undefined || size > MAX_BYTES) return undefined;
  const bytes = await readFile(file);
  return digestBytes(bytes) === digest ? decode(bytes) : undefined;
}

function decode(bytes: Uint8Array | undefined): string | undefined {
  return bytes && !bytes.includes(0) ? new TextDecoder().decode(bytes) : undefined;
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    const found = await stat(path);
    return found.isFile() ? found.size : undefined;
  } catch {
    return undefined;
  }
}
