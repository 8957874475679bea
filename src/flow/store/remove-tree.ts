import { chmodSync, lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { errorCode } from './system-error.ts';

const SLASH = Buffer.from('/');

/**
 * Removes a file or folder if it is there. Folders of materialised trees are read-only, which stops
 * everybody but root from emptying them, so they are opened first. Files are never chmodded: they may be
 * hard links to blobs. Names are bytes, because a stage can make ones that are not UTF-8.
 *
 * Throws ENOTEMPTY when another process keeps adding files.
 */
export function removeTree(path: string | Buffer): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  if (stat.isDirectory()) removeFolder(Buffer.from(path), stat.mode);
  else unlink(Buffer.from(path));
}

function removeFolder(path: Buffer, mode: number): void {
  if ((mode & 0o700) !== 0o700) chmodSync(path, 0o700);
  for (const name of readdirSync(path, { encoding: 'buffer' })) {
    const child = Buffer.concat([path, SLASH, name]);
    const stat = lstatSync(child, { throwIfNoEntry: false });
    if (stat?.isDirectory() === true) removeFolder(child, stat.mode);
    else if (stat !== undefined) unlink(child);
  }
  rmdirSync(path);
}

function unlink(path: Buffer): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
