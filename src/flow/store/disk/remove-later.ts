import { readdir, rmdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { removeTree } from './remove-tree.ts';

/**
 * Removes a folder without blocking this process: on a busy disk, one call can take milliseconds. What it cannot
 * remove simply (read-only folders, names that are no UTF-8, very deep ones), `removeTree` removes, which throws
 * ENOTEMPTY when another process keeps adding files.
 */
export async function removeLater(folder: string): Promise<void> {
  try {
    await empty(folder);
    await rmdir(folder);
  } catch {
    removeTree(folder);
  }
}

async function empty(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) await unlink(path);
    else {
      await empty(path);
      await rmdir(path);
    }
  }
}
