import {
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
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

/** File systems that cannot link say one of these; the last is a blob with 65,000 links on ext4. */
export const NO_LINK = new Set(['EPERM', 'EXDEV', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Puts one blob's bytes at a path that does not exist. */
export class Placer {
  #reflinks = true;

  /**
   * Read-only and without copying where the file system allows. Every way leaves the blob's mtime on the
   * file, so that an edit of it shows whether it was a link or not.
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

  /** A writable file that shares no inode with the cache. */
  async copy(blob: string, path: string, exec: boolean): Promise<void> {
    await copyFile(blob, path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
    await chmod(path, exec ? 0o755 : 0o644).catch(unlessModeless);
  }

  /** The same of bytes that are in memory. */
  write(bytes: Uint8Array, path: string, exec: boolean): void {
    const mode = exec ? 0o755 : 0o644;
    const file = openSync(path, 'wx', mode);
    try {
      // Whatever the umask is.
      try {
        fchmodSync(file, mode);
      } catch (error) {
        unlessModeless(error);
      }
      writeFileSync(file, bytes);
    } finally {
      closeSync(file);
    }
  }

  /** A source too large for the CAS. A hard link would let the stage write into the person's file. */
  shareInPlace(source: string, path: string): void {
    if (this.#reflinks && this.#reflink(source, path)) return;
    symlinkSync(source, path);
  }

  /** Asked once a process: most file systems never can. */
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

/** FAT and others keep no modes, and say so even to who has just made the file. */
function unlessModeless(error: unknown): void {
  if (!NO_MODE.has(errorCode(error) ?? '')) throw error;
}

const NO_MODE = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);
