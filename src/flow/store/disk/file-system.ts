import {
  constants,
  copyFileSync,
  existsSync,
  linkSync,
  mkdtempSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf } from '../../core/system-error.ts';

/** The abilities of a folder's file system, by trying them. */
export interface FileSystemFeatures {
  /** Why flow cannot write there. */
  readonly unwritable?: string;
  /** Whether copies can share their bytes until one is changed. */
  readonly reflink: boolean;
  readonly hardLink: boolean;
  readonly freeBytes: number;
}

/** @param folder that of a cache, which need not exist yet */
export function fileSystemFeatures(folder: string): FileSystemFeatures {
  let place = folder;
  while (!existsSync(place) && dirname(place) !== place) place = dirname(place);
  const { bavail, bsize } = statfsSync(place);
  const freeBytes = bavail * bsize;
  let trial: string;
  try {
    trial = mkdtempSync(join(place, '.flow-trial-'));
  } catch (error) {
    return { unwritable: messageOf(error), reflink: false, hardLink: false, freeBytes };
  }
  try {
    const file = join(trial, 'a');
    writeFileSync(file, 'a');
    return {
      reflink: can(() => copyFileSync(file, join(trial, 'b'), constants.COPYFILE_FICLONE_FORCE)),
      hardLink: can(() => linkSync(file, join(trial, 'c'))),
      freeBytes,
    };
  } finally {
    rmSync(trial, { recursive: true });
  }
}

function can(work: () => void): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}
