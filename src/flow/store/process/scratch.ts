import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { failpoint } from '../disk/failpoints.ts';
import { removeTree } from '../disk/remove-tree.ts';
import type { Workspace } from './workspace.ts';

/** Milliseconds for which finished folders are collected. */
const GATHER_MS = 300;
/** The number of folders to remove before other work gets its turn. */
const AT_ONCE = 16;

/**
 * Private working folders of attempts, on the cache's file system so that outputs are moved and inputs
 * linked. Each is new: a stray process of an earlier attempt could still write into a used one.
 */
export class Scratch {
  readonly #workspace: Workspace;
  #finished: string[] = [];

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  create(): string {
    const path = this.#workspace.fresh('');
    mkdirSync(path);
    failpoint('scratch.made');
    return path;
  }

  /** The same folder by a path that is short enough for the sockets of programs: see `ShortPath`. */
  shortPath(path: string): string {
    return join(this.#workspace.shortPath(), basename(path));
  }

  /** Removes it together with others, soon or when the store is closed. */
  remove(path: string): void {
    failpoint('scratch.removing');
    if (this.#finished.length === 0) setTimeout(() => void this.#removeAll(), GATHER_MS).unref();
    this.#finished.push(path);
  }

  /** Never fails. What cannot be removed now is removed after the end of this process. */
  async #removeAll(): Promise<void> {
    const paths = this.#finished;
    this.#finished = [];
    for (const [index, path] of paths.entries()) {
      if (index % AT_ONCE === AT_ONCE - 1) await turn();
      try {
        removeTree(path);
      } catch {
        // Swept later.
      }
    }
  }
}
