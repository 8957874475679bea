import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  futimesSync,
  linkSync,
  openSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { chmod, copyFile, utimes } from 'node:fs/promises';
import { BLOB_MTIME_S } from '../layout.ts';
import { errorCode } from '../../core/system-error.ts';

/** Errors of file systems that cannot link. The last one is a blob with 65,000 links on ext4. */
export const NO_LINK = new Set(['EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Places the bytes of one blob at a path that does not exist. */
export class Placer {
  #reflinks = true;

  /**
   * A read-only file, without copying where the file system allows it. In every case the file has the mtime of
   * the blob, so that an edit shows in links and in copies.
   */
  async share(blob: string, path: string): Promise<void> {
    if (this.#reflinks && this.#reflink(blob, path)) return;
    try {
      linkSync(blob, path);
      return;
    } catch (error) {
      if (!NO_LINK.has(errorCode(error) ?? '')) throw error;
    }
    await copyFile(blob, path, constants.COPYFILE_EXCL);
    await utimes(path, BLOB_MTIME_S, BLOB_MTIME_S);
  }

  /** The same for bytes in memory: a copy. */
  shareBytes(bytes: Uint8Array, path: string, exec: boolean): void {
    withNewFile(path, exec ? 0o555 : 0o444, (file) => {
      writeFileSync(file, bytes);
      futimesSync(file, BLOB_MTIME_S, BLOB_MTIME_S);
    });
  }

  /** A writable file that shares no inode with the cache. */
  async copy(blob: string, path: string, exec: boolean): Promise<void> {
    await copyFile(blob, path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await chmod(path, exec ? 0o755 : 0o644).catch(unlessModeless);
  }

  /** The same for bytes in memory. */
  copyBytes(bytes: Uint8Array, path: string, exec: boolean): void {
    withNewFile(path, exec ? 0o755 : 0o644, (file) => writeFileSync(file, bytes));
  }

  /**
   * A source that is too large for the CAS. With a hard link, the stage could write to the user's
   * file.
   */
  shareInPlace(source: string, path: string): void {
    if (this.#reflinks && this.#reflink(source, path)) return;
    symlinkSync(source, path);
  }

  /** Tried once per process, because most file systems cannot. */
  #reflink(from: string, path: string): boolean {
    const mode = constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL;
    try {
      copyFileSync(from, path, mode);
      utimesSync(path, BLOB_MTIME_S, BLOB_MTIME_S);
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST' || errorCode(error) === 'ENOENT') throw error;
      rmSync(path, { force: true });
      this.#reflinks = false;
      return false;
    }
  }
}

/** `mode` does not depend on the umask. */
function withNewFile(path: string, mode: number, fill: (file: number) => void): void {
  const file = openSync(path, 'wx', mode);
  try {
    try {
      fchmodSync(file, mode);
    } catch (error) {
      unlessModeless(error);
    }
    fill(file);
  } finally {
    closeSync(file);
  }
}

/** FAT and other file systems have no modes and report an error even to the owner of the file. */
function unlessModeless(error: unknown): void {
  if (!NO_MODE.has(errorCode(error) ?? '')) throw error;
}

const NO_MODE = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
