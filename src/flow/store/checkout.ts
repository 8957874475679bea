import { linkSync, lstatSync, renameSync, type Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Result } from '../core/result.ts';
import { err, ok } from '../core/result.ts';
import { digestBytes, hexOf } from '../key/digest.ts';
import { makeFolder } from './disk/files.ts';
import { failpoint } from './disk/failpoints.ts';
import { NO_LINK } from './cas/place.ts';
import { removeTree } from './disk/remove-tree.ts';
import type { CheckoutError, DamagedError } from './store.ts';
import { errorCode, messageOf } from '../core/system-error.ts';

/**
 * Builds a file or folder next to its place and renames it. An old folder is moved aside first and
 * removed last, so the place is empty only between two renames.
 */
export async function checkout(
  build: (path: string) => Promise<Result<void, DamagedError>>,
  path: string,
  replace: boolean,
): Promise<Result<void, CheckoutError>> {
  let there: Stats | undefined;
  try {
    there = lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A parent folder is a file.
    return notWritable(path, messageOf(error));
  }
  if (there !== undefined && !replace) return exists(path);
  const beside = join(dirname(path), `.${besideName(basename(path))}.flow-${process.pid}`);
  const [fresh, old] = [`${beside}-new`, `${beside}-old`];
  try {
    makeFolder(dirname(path));
    removeTree(fresh);
    removeTree(old);
    const built = await build(fresh);
    if (!built.ok)
      return built.error.code === 'io' ? notWritable(path, built.error.message) : built;
    failpoint('checkout.built');
    if (there?.isDirectory() === true) {
      renameSync(path, old);
      failpoint('checkout.moved-aside');
    }
    try {
      if (replace) place(fresh, path);
      else if (!placeNew(fresh, path)) return exists(path);
      failpoint('checkout.placed');
    } catch (error) {
      if (there?.isDirectory() === true) renameSync(old, path);
      throw error;
    }
    return ok(undefined);
  } catch (error) {
    return notWritable(path, messageOf(error));
  } finally {
    removeTree(fresh);
    removeTree(old);
  }
}

function exists(path: string): Result<never, CheckoutError> {
  return err({ code: 'exists', message: `${path} exists` });
}

function notWritable(path: string, why: string): Result<never, CheckoutError> {
  return err({ code: 'not-writable', message: `cannot write ${path}: ${why}` });
}

/** A name may have as many bytes as the disk allows: then what is built beside it has a shorter one. */
function besideName(name: string): string {
  if (Buffer.byteLength(name) <= MAX_BYTES) return name;
  return `${name.slice(0, 16)}-${hexOf(digestBytes(name)).slice(0, 16)}`;
}

/** Of 255, less what stands before and behind it. */
const MAX_BYTES = 220;

function place(fresh: string, path: string): void {
  try {
    renameSync(fresh, path);
  } catch (error) {
    // A folder cannot be renamed onto a file.
    if (errorCode(error) !== 'ENOTDIR') throw error;
    removeTree(path);
    renameSync(fresh, path);
  }
}

/** False if something exists there, which may have appeared meanwhile. */
function placeNew(fresh: string, path: string): boolean {
  try {
    // A rename would replace a file; a link does not.
    if (lstatSync(fresh).isDirectory()) renameSync(fresh, path);
    else linkSync(fresh, path);
    return true;
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (['EEXIST', 'ENOTEMPTY', 'ENOTDIR'].includes(code)) return false;
    if (!NO_LINK.has(code)) throw error;
  }
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) return false;
  renameSync(fresh, path);
  return true;
}
