import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../../core/system-error.ts';

export function writeWhole(path: string, data: string | Uint8Array, fsync: boolean): void {
  const fd = openSync(path, 'wx', 0o644);
  try {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    if (fsync) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export function fsyncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Makes a folder and all above it. Node's own `recursive` never returns where the system makes no folders,
 * such as below /proc.
 */
export function makeFolder(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const code = errorCode(error);
    if (code === 'EEXIST' && statSync(path).isDirectory()) return;
    const above = dirname(path);
    if (code !== 'ENOENT') throw error;
    if (existsSync(above)) {
      const message = `cannot make the folder ${path}: its file system allows no new folders`;
      throw Object.assign(new Error(message, { cause: error }), { code: 'ENOTSUP', syscall: 'mkdir' }); // prettier-ignore
    }
    makeFolder(above, mode);
    makeFolder(path, mode);
  }
}

/** Names in a folder; none if it is absent, or if it is none (`.DS_Store`, `.nfs…` among the folders). */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return [];
    throw error;
  }
}

/** undefined: no file is there, or no longer: another process may remove it at this moment. */
export function textIfThere(path: string): string | undefined {
  // Misses are as common as hits, and an error costs more than a check.
  if (!existsSync(path)) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    // A folder in its place is not a record.
    if (['ENOENT', 'EISDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}
