import { mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { failpoint } from '../disk/failpoints.ts';
import { removeLater } from '../disk/remove-later.ts';
import type { Workspace } from './workspace.ts';

/**
 * Milliseconds for which finished folders are collected. ext4 passes over inodes that were freed some seconds ago,
 * so a removal between two stages makes the next ones slower.
 */
const GATHER_MS = 10_000;

/**
 * Private working folders of attempts, on the cache's file system so that outputs are moved and inputs
 * linked. Each is new: a stray process of an earlier attempt could still write into a used one.
 */
export class Scratch {
  readonly #workspace: Workspace;
  readonly #finished: string[] = [];
  #timer: NodeJS.Timeout | undefined;
  #removing: Promise<void> = Promise.resolve();

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
    this.#timer ??= setTimeout(() => this.#removeAll(), GATHER_MS).unref();
    this.#finished.push(path);
  }

  /** Resolves when none is being removed. The others are removed with the private folder. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#removing;
  }

  #removeAll(): void {
    this.#timer = undefined;
    for (const path of this.#finished.splice(0)) {
      // One at a time. What cannot be removed now is removed after the end of this process.
      this.#removing = this.#removing.then(() => removeLater(path)).catch(() => undefined);
    }
  }
}
