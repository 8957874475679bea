import { closeSync, fsyncSync, openSync, readdirSync, writeSync } from 'node:fs';
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

/** Names in a folder; none if it is absent, or if it is none (`.DS_Store`, `.nfs…` among the folders). */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return [];
    throw error;
  }
}
