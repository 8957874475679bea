import { mkdirSync } from 'node:fs';
import { failpoint } from '../disk/failpoints.ts';
import { removeTree } from '../disk/remove-tree.ts';
import type { Workspace } from './workspace.ts';

/**
 * Private working folders of stages, on the cache's file system so that outputs are moved and inputs
 * linked. Always a new one: a stray process of an earlier stage could still write into a reused one.
 */
export class Scratch {
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  create(): string {
    const path = this.#workspace.fresh('scratch-');
    mkdirSync(path);
    failpoint('scratch.made');
    return path;
  }

  /** Never fails: what cannot be removed now is swept when this process is gone. */
  remove(path: string): void {
    failpoint('scratch.removing');
    try {
      removeTree(path);
    } catch {
      // Swept later.
    }
  }
}
