import { lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ActionKey } from '../../core/ids.ts';
import { hexOf } from '../../key/digest.ts';
import { failpoint } from '../disk/failpoints.ts';
import { removeLater } from '../disk/remove-later.ts';
import { removeTree } from '../disk/remove-tree.ts';
import { errorCode } from '../../core/system-error.ts';
import { namesIn } from '../disk/files.ts';

const ASIDE = 'aside-';
const FIRST = '1';

export interface Checkpoint {
  /** Absolute. */
  readonly path: string;
  /** An earlier attempt left files in it. */
  readonly resumed: boolean;
  /** What lies in it, in a word that changes with whatever is saved: see `saved`. */
  readonly before: string;
}

/**
 * `checkpoints/<key>/<attempt>/`: what a stage saved before it was stopped. Every attempt moves the folder
 * to a new name, so that the path that a stray earlier attempt knows leads nowhere.
 */
export class Checkpoints {
  readonly #folder: string;

  constructor(cacheRoot: string) {
    this.#folder = join(cacheRoot, 'checkpoints');
  }

  open(key: ActionKey): Checkpoint {
    const folder = this.#of(key);
    const path = join(folder, FIRST);
    if (this.#begin(folder)) {
      failpoint('checkpoint.opened');
      return { path, resumed: false, before: '' };
    }
    const next = this.#next(folder);
    failpoint('checkpoint.opened');
    return { path: next, resumed: namesIn(next).length > 0, before: saved(next) };
  }

  /** Makes the folder of a key that no attempt has left anything of, as most. false: it is there. */
  #begin(folder: string): boolean {
    try {
      mkdirSync(folder);
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      if (errorCode(error) !== 'ENOENT') throw error;
      mkdirSync(folder, { recursive: true });
    }
    failpoint('checkpoint.folder-made');
    mkdirSync(join(folder, FIRST));
    return true;
  }

  #next(folder: string): string {
    const [last, aside] = [lastNumber(folder, ''), lastNumber(folder, ASIDE)];
    const path = join(folder, String(Math.max(last, aside) + 1));
    if (last === 0) mkdirSync(path);
    else renameSync(join(folder, String(last)), path);
    return path;
  }

  /** The attempt saved something that was not there when it began. */
  progressed({ path, before }: Checkpoint): boolean {
    return saved(path) !== before;
  }

  /** After a result is published. */
  async drop({ path }: Checkpoint): Promise<void> {
    failpoint('checkpoint.dropping');
    await removeLater(dirname(path));
  }

  /** After a failure that followed a resume: kept for a person to look at, not offered again. */
  setAside(key: ActionKey): void {
    const folder = this.#of(key);
    const [last, aside] = [lastNumber(folder, ''), lastNumber(folder, ASIDE)];
    if (last === 0) return;
    if (aside > 0) removeTree(join(folder, `${ASIDE}${aside}`));
    renameSync(join(folder, String(last)), join(folder, `${ASIDE}${last}`));
    failpoint('checkpoint.set-aside');
  }

  #of(key: ActionKey): string {
    return join(this.#folder, hexOf(key));
  }
}

function saved(folder: string): string {
  return entriesBelow(folder, '')
    .sort()
    .map((name) => {
      const stat = lstatSync(join(folder, name), { throwIfNoEntry: false, bigint: true });
      return [name, stat?.ino, stat?.size, stat?.mtimeNs].join(' ');
    })
    .join('\0');
}

/**
 * Links are not followed, as `readdir` with `recursive` does: they may lead anywhere, also round in a circle.
 * Nothing where the stage has removed the folder.
 */
function entriesBelow(folder: string, prefix: string): string[] {
  const at = join(folder, prefix);
  if (lstatSync(at, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(at, { withFileTypes: true }).flatMap((entry) => {
    const path = prefix + entry.name;
    return entry.isDirectory() ? [path, ...entriesBelow(folder, `${path}/`)] : [path];
  });
}

/** The highest number behind this prefix; 0: none. Numbers start at 1 and are never used twice. */
function lastNumber(folder: string, prefix: string): number {
  const numbers = namesIn(folder)
    .filter((name) => name.startsWith(prefix) && /^[1-9][0-9]*$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)));
  return Math.max(0, ...numbers);
}
