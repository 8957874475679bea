import { mkdirSync, renameSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import type { Slot } from '../../store/process/slots.ts';

/** The folders of a slot: what lies in it from before is used, under another name where need be. */
export class SlotFolders {
  readonly #root: string;
  readonly #spare: Set<string>;
  readonly #used = new Set<string>();

  constructor({ path: root, kept }: Slot) {
    this.#root = root;
    this.#spare = new Set(kept);
  }

  /** `folder`: relative, with `/`. Its parents are made, too. */
  make(folder: string): void {
    if (this.#used.has(folder)) return;
    this.#used.add(folder);
    const parent = path.posix.dirname(folder);
    if (parent !== '.') this.make(parent);
    if (this.#spare.delete(folder)) return;
    const spare = this.#spareIn(parent);
    if (spare === undefined) mkdirSync(this.#at(folder));
    else {
      this.#spare.delete(spare);
      renameSync(this.#at(spare), this.#at(folder));
    }
  }

  /** Nothing more is made: what was not used goes. */
  end(): void {
    // Parents come first.
    for (const folder of [...this.#spare].reverse()) rmdirSync(this.#at(folder));
  }

  #spareIn(parent: string): string | undefined {
    if (parent === '.') return undefined;
    for (const folder of this.#spare) if (path.posix.dirname(folder) === parent) return folder;
    return undefined;
  }

  #at(folder: string): string {
    return path.join(this.#root, folder);
  }
}
