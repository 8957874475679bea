import { mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionKey } from '../core/ids.ts';
import { hexOf } from '../key/digest.ts';
import { failpoint } from './failpoints.ts';
import { removeTree } from './remove-tree.ts';
import { namesIn } from './workspace.ts';

const ASIDE = 'aside-';

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

  async open(key: ActionKey): Promise<Checkpoint> {
    const folder = this.#of(key);
    mkdirSync(folder, { recursive: true });
    failpoint('checkpoint.folder-made');
    const [last, aside] = [lastNumber(folder, ''), lastNumber(folder, ASIDE)];
    const path = join(folder, String(Math.max(last, aside) + 1));
    if (last === 0) mkdirSync(path);
    else renameSync(join(folder, String(last)), path);
    failpoint('checkpoint.opened');
    return { path, resumed: namesIn(path).length > 0, before: saved(path) };
  }

  /** The attempt saved something that was not there when it began. */
  progressed({ path, before }: Checkpoint): boolean {
    return saved(path) !== before;
  }

  /** After a result is published. */
  async drop(key: ActionKey): Promise<void> {
    failpoint('checkpoint.dropping');
    removeTree(this.#of(key));
  }

  /** After a failure that followed a resume: kept for a person to look at, not offered again. */
  async setAside(key: ActionKey): Promise<void> {
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
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return files
    .map((name) => {
      const stat = statSync(join(folder, name), { throwIfNoEntry: false, bigint: true });
      return [name, stat?.ino, stat?.size, stat?.mtimeNs].join(' ');
    })
    .join('\0');
}

/** The highest number behind this prefix; 0: none. Numbers start at 1 and are never used twice. */
function lastNumber(folder: string, prefix: string): number {
  const numbers = namesIn(folder)
    .filter((name) => name.startsWith(prefix) && /^[1-9][0-9]*$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)));
  return Math.max(0, ...numbers);
}
