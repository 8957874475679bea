import { mkdir } from 'node:fs/promises';
import { failpoint } from './failpoints.ts';
import { removeTree } from './remove-tree.ts';
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

  async create(): Promise<string> {
    const path = this.#workspace.fresh('scratch-');
    await mkdir(path);
    failpoint('scratch.made');
    return path;
  }

  /** Never fails: what cannot be removed now is swept when this process is gone. */
  async remove(path: string): Promise<void> {
    failpoint('scratch.removing');
    try {
      removeTree(path);
    } catch {
      // Swept later.
    }
  }
}
