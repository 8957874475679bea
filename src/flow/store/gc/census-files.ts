import { lstatSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../core/ids.ts';
import { namesIn, textIfThere } from '../disk/files.ts';
import { isRunId } from '../records/run-id.ts';

export interface BlobEntry {
  readonly path: string;
  readonly digest: Digest;
  readonly bytes: number;
  /** Its ctime: when it came, or somebody claimed or unlinked it last. */
  readonly changedAt: number;
}

export interface OtherEntry {
  readonly path: string;
  /** What a person may call it. */
  readonly name: string;
  readonly bytes: number;
  readonly changedAt: number;
}

export interface MemoEntry extends OtherEntry {
  readonly digests: readonly Digest[];
}

export function blobsIn(root: string): readonly BlobEntry[] {
  const blobs: BlobEntry[] = [];
  const folder = join(root, 'cas');
  for (const shard of namesIn(folder)) {
    for (const name of namesIn(join(folder, shard))) {
      if (!/^[0-9a-f]{64}(\.x)?$/.test(name)) continue;
      const path = `${folder}/${shard}/${name}`;
      const stat = lstatSync(path, { throwIfNoEntry: false });
      if (stat?.isFile() !== true) continue;
      const digest = `sha256:${name.slice(0, 64)}` as Digest;
      blobs.push({ path, digest, bytes: stat.size, changedAt: stat.ctimeMs });
    }
  }
  return blobs;
}

/**
 * Memos that say which exports are flow's own stay: without them a changed export would count as a
 * person's file. So does the cache of stats, which keeps itself small.
 */
export function memosIn(root: string): readonly MemoEntry[] {
  const folder = join(root, 'memo');
  return namesIn(folder).flatMap((name) => {
    if (!/^m-.*\.json$/.test(name) || name.startsWith('m-export-')) return [];
    const path = join(folder, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() !== true) return [];
    // What was found in the store at a lookup keeps nothing there.
    const text = name.startsWith('m-lookups-') ? '' : (textIfThere(path) ?? '');
    const digests = (text.match(/sha256:[0-9a-f]{64}/g) ?? []) as Digest[];
    return [{ path, name, bytes: stat.size, changedAt: stat.mtimeMs, digests }];
  });
}

export function checkpointsIn(root: string): readonly OtherEntry[] {
  const folder = join(root, 'checkpoints');
  return namesIn(folder)
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .map((name) => folderEntry(join(folder, name), name));
}

/** Folders of runs that kept failed attempts. */
export function keptIn(root: string, live: ReadonlySet<string>): readonly OtherEntry[] {
  const folder = join(root, 'kept');
  return namesIn(folder)
    .filter((name) => isRunId(name) && !live.has(name))
    .map((name) => folderEntry(join(folder, name), name));
}

export function folderEntry(path: string, name: string): OtherEntry {
  let changedAt = 0;
  const bytes = bytesBelow(path, (mtimeMs) => (changedAt = Math.max(changedAt, mtimeMs)));
  return { path, name, bytes, changedAt };
}

/** Sizes of all files; a hard link to a blob counts, too. */
export function bytesBelow(
  path: string,
  seen: (mtimeMs: number) => void = () => undefined,
): number {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 0;
  seen(stat.mtimeMs);
  if (!stat.isDirectory()) return stat.isFile() ? stat.size : 0;
  let bytes = 0;
  try {
    for (const name of readdirSync(path)) bytes += bytesBelow(`${path}/${name}`, seen);
  } catch {
    // Removed by its owner meanwhile.
  }
  return bytes;
}
