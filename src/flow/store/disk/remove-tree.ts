import { randomUUID } from 'node:crypto';
import { chmodSync, lstatSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { errorCode } from '../../core/system-error.ts';

const SLASH = Buffer.from('/');
/**
 * Bytes of a path from which on folders are moved up before they are emptied. A program that goes down step
 * by step can make paths longer than the system takes (1,024 on macOS, 4,096 on Linux), and any number of
 * steps.
 */
const LONG = 700;

/**
 * Removes a file or folder if it is there. Folders of materialised trees are read-only, which stops
 * everybody but root from emptying them, so they are opened first. Files are never chmodded: they may be
 * hard links to blobs. Names are bytes, because a stage can make ones that are not UTF-8.
 *
 * What cannot be removed (ENOTEMPTY: another process keeps adding files) stays, and the rest goes. Then the first
 * error is thrown.
 */
export function removeTree(path: string | Buffer): void {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return;
  const top = Buffer.from(path);
  if (!stat.isDirectory()) {
    unlink(top);
    return;
  }
  const errors: unknown[] = [];
  /** Folders that lie too deep and are now in `top`. */
  const moved: Buffer[] = [];
  emptyFolder(top, stat.mode, top, moved, errors);
  for (let folder = moved.pop(); folder !== undefined; folder = moved.pop()) {
    emptyFolder(folder, 0o700, top, moved, errors);
    attempt(errors, rmdirSync, folder);
  }
  attempt(errors, rmdirSync, top);
  if (errors.length > 0) throw errors[0];
}

function emptyFolder(
  path: Buffer,
  mode: number,
  top: Buffer,
  moved: Buffer[],
  errors: unknown[],
): void {
  const remove = (name: Buffer): void => {
    const child = Buffer.concat([path, SLASH, name]);
    const stat = lstatSync(child, { throwIfNoEntry: false });
    if (stat === undefined) return;
    if (!stat.isDirectory()) unlink(child);
    else if (child.length > LONG && child.length > 2 * top.length) {
      open(child, stat.mode);
      const higher = Buffer.concat([top, SLASH, Buffer.from(randomUUID())]);
      renameSync(child, higher);
      moved.push(higher);
    } else {
      emptyFolder(child, stat.mode, top, moved, errors);
      rmdirSync(child);
    }
  };
  let names: readonly Buffer[] = [];
  const read = (folder: Buffer): void => {
    open(folder, mode);
    names = readdirSync(folder, { encoding: 'buffer' });
  };
  attempt(errors, read, path);
  for (const name of names) attempt(errors, remove, name);
}

function attempt(errors: unknown[], work: (path: Buffer) => void, path: Buffer): void {
  try {
    work(path);
  } catch (error) {
    errors.push(error);
  }
}

function open(folder: Buffer, mode: number): void {
  if ((mode & 0o700) !== 0o700) chmodSync(folder, 0o700);
}

function unlink(path: Buffer): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}
