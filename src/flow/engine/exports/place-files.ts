import { rmdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { Result } from '../../core/result.ts';
import { ok } from '../../core/result.ts';
import type { CheckoutError, Store, TreeEntry } from '../../store/store.ts';
import type { Files } from './files.ts';

/**
 * Brings a folder of the work tree up to date around files of a person, which stay. Returns the files of
 * the tree that are there now.
 *
 * @param there the present files of the folder
 * @param foreign paths of those that flow did not write
 */
export async function placeAround(
  store: Store,
  tree: Artifact,
  target: string,
  files: Files,
  there: Files,
  foreign: readonly string[],
): Promise<Result<Files, CheckoutError>> {
  const entries = await store.list(tree);
  if (!entries.ok) return entries;
  const kept = new Set(foreign);
  for (const file of there.keys()) {
    if (!files.has(file) && !kept.has(file)) removeWithFolders(target, file);
  }
  const placed = new Map<string, string>();
  for (const entry of entries.value) {
    if (foreign.some((file) => isInTheWay(file, entry.path))) continue;
    const content = files.get(entry.path);
    if (content === undefined || there.get(entry.path) !== content) {
      const done = await placeEntry(store, entry, path.join(target, entry.path));
      if (!done.ok) return done;
    }
    if (content !== undefined) placed.set(entry.path, content);
  }
  return ok(placed);
}

async function placeEntry(
  store: Store,
  entry: TreeEntry,
  at: string,
): Promise<Result<void, CheckoutError>> {
  switch (entry.type) {
    case 'file': {
      const { exec, size, digest } = entry;
      return store.checkout({ kind: 'file', exec, size, digest }, at, { replace: true });
    }
    case 'link':
      rmSync(at, { recursive: true, force: true });
      symlinkSync(entry.target, at);
      return ok(undefined);
    // An empty folder of the result: it comes when the folder is placed as a whole.
    case 'dir':
      return ok(undefined);
  }
}

/** One of them is the other, or is in it as a folder. */
function isInTheWay(file: string, other: string): boolean {
  return file === other || file.startsWith(`${other}/`) || other.startsWith(`${file}/`);
}

/** The folders above go with their last file. */
function removeWithFolders(target: string, file: string): void {
  rmSync(path.join(target, file), { force: true });
  try {
    for (let folder = path.dirname(file); folder !== '.'; folder = path.dirname(folder)) {
      rmdirSync(path.join(target, folder));
    }
  } catch {
    // It is not empty.
  }
}
