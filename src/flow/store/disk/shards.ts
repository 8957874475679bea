import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../../core/system-error.ts';
import type { Flush } from './flush.ts';

/** The folders `ab/` below `cas/` or `actions/`, made when something is first placed in them. */
export class Shards {
  readonly #flush: Flush;
  readonly #made: () => void;
  readonly #known = new Set<string>();

  /** `made` is called after a folder was made. */
  constructor(flush: Flush, made: () => void) {
    this.#flush = flush;
    this.#made = made;
  }

  /** `place` puts the name `path`, which the next flush brings to the disk. */
  put<T>(path: string, place: () => T): T {
    const folder = dirname(path);
    if (!this.#known.has(folder)) this.#make(folder);
    this.#flush.placed(folder);
    try {
      return place();
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      // Somebody has removed the folder since.
      this.#make(folder);
      return place();
    }
  }

  #make(folder: string): void {
    if (mkdirSync(folder, { recursive: true }) !== undefined) {
      this.#flush.placed(dirname(folder));
      this.#flush.placed(dirname(dirname(folder)));
      this.#made();
    }
    this.#known.add(folder);
  }
}
