import {
  lstatSync,
  lutimesSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { failpoint } from '../disk/failpoints.ts';
import { namesIn } from '../disk/files.ts';
import { removeTree } from '../disk/remove-tree.ts';
import { pidSpace } from './process-identity.ts';

// The path of a socket has at most 107 characters on Linux (sun_path), and Python's multiprocessing, PyTorch
// and ssh-agent put sockets into TMPDIR. So a run has one symbolic link in the system's temporary folder to its
// folder in the cache, on whose disk the files still lie.

const TMP = '/tmp';
const PREFIX = 'flow-';
const LINK = 'r';

/** `/tmp/flow-<random>/r`, a link to the private folder of this process. */
export class ShortPath {
  /** The folder itself where nothing can be made in the system's temporary folder. */
  readonly path: string;
  readonly #made: boolean;

  constructor(folder: string) {
    const link = linkTo(folder);
    this.path = link ?? folder;
    this.#made = link !== undefined;
  }

  /** So that no program that removes old temporary files removes it in a long run. */
  touch(now: Date): void {
    if (!this.#made) return;
    try {
      lutimesSync(this.path, now, now);
      utimesSync(dirname(this.path), now, now);
    } catch {
      // It is gone. The next stage that needs a temporary folder tells.
    }
  }

  remove(): void {
    if (!this.#made) return;
    try {
      removeTree(dirname(this.path));
    } catch {
      // A later run removes it.
    }
  }
}

function linkTo(folder: string): string | undefined {
  try {
    const own = mkdtempSync(join(TMP, PREFIX));
    failpoint('workspace.link-folder-made');
    const link = join(own, LINK);
    symlinkSync(folder, link);
    failpoint('workspace.linked');
    return link;
  } catch {
    return undefined;
  }
}

/** Those of all processes of this user. */
export function shortPaths(): readonly { readonly path: string; readonly target: string }[] {
  return namesIn(TMP).flatMap((name) => {
    const folder = join(TMP, name);
    const target = /^flow-[A-Za-z0-9]{6}$/.test(name) ? targetIn(folder) : undefined;
    return target === undefined ? [] : [{ path: join(folder, LINK), target }];
  });
}

/**
 * Only of a folder that holds nothing but a link to a private folder of a process of this machine, by its name.
 */
function targetIn(folder: string): string | undefined {
  try {
    if (lstatSync(folder).uid !== process.getuid?.()) return undefined;
    if (readdirSync(folder).join('/') !== LINK) return undefined;
    const target = readlinkSync(join(folder, LINK));
    const [, space] = /^[0-9]+-([0-9a-f]{8})-[0-9a-f]+$/.exec(basename(target)) ?? [];
    return space === pidSpace() ? target : undefined;
  } catch {
    return undefined;
  }
}
