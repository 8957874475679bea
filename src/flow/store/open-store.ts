import {
  existsSync,
  linkSync,
  mkdirSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join, resolve } from 'node:path';
import type { Result } from '../core/result.ts';
import { err, ok } from '../core/result.ts';
import { cacheFolder, markCache, namesText } from './cache-folder.ts';
import { DamageReports } from './damage.ts';
import { DiskStore } from './disk-store.ts';
import type { StoreOptions } from './disk-store.ts';
import { failpoint } from './disk/failpoints.ts';
import { CACHE_VERSION } from './layout.ts';
import { recordFiles } from './records/action-records.ts';
import { memoFiles } from './records/memo.ts';
import { errorCode, messageOf } from '../core/system-error.ts';
import { fsyncFolder, makeFolder, writeWhole } from './disk/files.ts';

export interface StoreOpenError {
  readonly code: 'newer-cache' | 'older-cache' | 'not-a-cache' | 'unwritable';
  readonly message: string;
  readonly hint?: string;
}

const CACHE_FOLDER_HINT = 'choose another folder with --cache or FLOW_CACHE';
const NEW_FOLDER_HINT =
  'choose an empty or a new folder with --cache, FLOW_CACHE or cache: in flow.yaml';

/** Opens the cache at a folder, or makes one there. Never takes a folder with files of others for a cache. */
export async function openStore(
  cacheRoot: string,
  options: StoreOptions = {},
): Promise<Result<DiskStore, StoreOpenError>> {
  const root = resolve(cacheRoot);
  const path = join(root, 'VERSION');
  const damage = new DamageReports();
  try {
    const folder = cacheFolder(root);
    if (folder.kind === 'foreign') {
      const named = namesText(root, folder.names);
      const message = `flow does not use ${root} as its cache, because other files are there: ${named}`;
      return err({ code: 'not-a-cache', message, hint: NEW_FOLDER_HINT });
    }
    const text = folder.kind === 'new' ? create(root, path) : folder.version;
    if (folder.kind === 'new' || options.upgrade === true) markCache(root);
    if (Number(text) !== CACHE_VERSION) {
      const refused = refusal(root, text, options.upgrade ?? false);
      if (refused !== undefined) return err(refused);
      upgrade(root, path);
      const message = `an older flow wrote this cache (layout ${text}), so flow computes its results again`;
      damage.report({ what: 'layout', path, message });
    }
  } catch (error) {
    const target = deadLink(root);
    if (target !== undefined) {
      const message = `the cache at ${root} is a link to ${target}, which does not exist`;
      const hint = `mount its disk, create that folder, or ${CACHE_FOLDER_HINT}`;
      return err({ code: 'unwritable', message, hint });
    }
    if (existsSync(root) && !statSync(root).isDirectory()) {
      const message = `flow does not use ${root} as its cache, because it is not a folder`;
      return err({ code: 'not-a-cache', message, hint: CACHE_FOLDER_HINT });
    }
    const message = `cannot use the cache at ${root}: ${messageOf(error)}`;
    return err({ code: 'unwritable', message, hint: CACHE_FOLDER_HINT });
  }
  return ok(new DiskStore(root, damage, options));
}

/** Where it leads, if it is a link that leads nowhere. */
function deadLink(path: string): string | undefined {
  try {
    if (!existsSync(path)) return readlinkSync(path);
  } catch {
    // No link.
  }
  return undefined;
}

/** By rename, because another process may open the same new cache at this moment. */
function create(root: string, path: string): string {
  makeFolder(root);
  const temp = `${path}.${process.pid}`;
  rmSync(temp, { force: true });
  writeWhole(temp, `${CACHE_VERSION}\n`, true);
  tryLink(temp);
  failpoint('cache.version-written');
  renameSync(temp, path);
  fsyncFolder(root);
  failpoint('cache.version-placed');
  // Tells it from a folder of others with a VERSION.
  mkdirSync(join(root, 'cas'), { recursive: true });
  failpoint('cache.contents-made');
  return String(CACHE_VERSION);
}

const NO_LINK = new Set(['EPERM', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);

/** Results and locks are published by link(2): the first wins. FAT and some network file systems have none. */
function tryLink(temp: string): void {
  const link = `${temp}.link`;
  try {
    rmSync(link, { force: true });
    linkSync(temp, link);
  } catch (error) {
    if (!NO_LINK.has(errorCode(error) ?? '')) throw error;
    rmSync(temp, { force: true });
    throw new Error(`its file system does not support hard links (${messageOf(error)})`, {
      cause: error,
    });
  }
  rmSync(link);
}

/** undefined: it can be made one of this layout. */
function refusal(root: string, version: string, upgrade: boolean): StoreOpenError | undefined {
  const says = `the cache at ${root} has layout ${JSON.stringify(version)}, but this flow uses layout ${CACHE_VERSION}`;
  if (Number(version) > CACHE_VERSION) {
    const hint = `use the flow that wrote it, or ${CACHE_FOLDER_HINT}`;
    return { code: 'newer-cache', message: says, hint };
  }
  if (upgrade) return undefined;
  const hint = `use flow run to upgrade it and compute its results again, or ${CACHE_FOLDER_HINT}`;
  return { code: 'older-cache', message: says, hint };
}

/** Blobs have been the same since layout 1. The number comes last: a crash before it begins anew. */
function upgrade(root: string, path: string): void {
  for (const file of [...recordFiles(root), ...memoFiles(root)]) {
    rmSync(file);
    failpoint('cache.upgrading');
  }
  create(root, path);
}
