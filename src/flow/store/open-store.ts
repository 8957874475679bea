import { mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Result } from '../core/result.ts';
import { err, ok } from '../core/result.ts';
import { DiskStore } from './disk-store.ts';
import type { StoreOptions } from './disk-store.ts';
import { failpoint } from './failpoints.ts';
import { CACHE_VERSION } from './layout.ts';
import { errorCode, messageOf } from './system-error.ts';
import { writeWhole } from './workspace.ts';

export interface StoreOpenError {
  readonly code: 'newer-cache' | 'unwritable';
  readonly message: string;
  readonly hint?: string;
}

/** Opens the cache at a folder, or makes one there. */
export async function openStore(
  cacheRoot: string,
  options: StoreOptions = {},
): Promise<Result<DiskStore, StoreOpenError>> {
  const root = resolve(cacheRoot);
  const path = join(root, 'VERSION');
  try {
    const text = readVersion(path) ?? create(root, path);
    if (text.trim() !== String(CACHE_VERSION)) return err(foreignVersion(root, text.trim()));
  } catch (error) {
    return err({
      code: 'unwritable',
      message: `cannot use the cache at ${root}: ${messageOf(error)}`,
      hint: 'choose another folder with --cache or FLOW_CACHE',
    });
  }
  return ok(new DiskStore(root, options));
}

/** undefined: absent, or emptied by a power cut. */
function readVersion(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8') || undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** By rename, because another process may open the same new cache at this moment. */
function create(root: string, path: string): string {
  mkdirSync(root, { recursive: true });
  const temp = `${path}.${process.pid}`;
  rmSync(temp, { force: true });
  writeWhole(temp, `${CACHE_VERSION}\n`, true);
  failpoint('cache.version-written');
  renameSync(temp, path);
  failpoint('cache.version-placed');
  return String(CACHE_VERSION);
}

function foreignVersion(root: string, version: string): StoreOpenError {
  return {
    code: 'newer-cache',
    message: `the cache at ${root} has layout ${JSON.stringify(version)}; this flow knows ${CACHE_VERSION}`,
    hint: 'use the flow that wrote it, or another folder with --cache or FLOW_CACHE',
  };
}
