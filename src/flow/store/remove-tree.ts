import { chmodSync, lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './system-error.ts';

/**
 * Removes a file or folder if it is there. Folders of materialised trees are read-only, which stops
 * everybody but root from emptying them, so they are opened first. Files are never chmodded: they may be
 * hard links to blobs.
 *
 * Throws ENOTEMPTY when another process keeps adding files.
 */
export function removeTree(path: string): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isDirectory()) removeFolder(path, stat.mode);
  else unlink(path);
}

function removeFolder(path: string, mode: number): void {
  if ((mode & 0o700) !== 0o700) chmodSync(path, 0o700);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const child = join(path, entry.name);
    if (entry.isDirectory()) removeFolder(child, lstatSync(child).mode);
    else unlink(child);
  }
  rmdirSync(path);
}

function unlink(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
