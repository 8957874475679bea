import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../../core/system-error.ts';
import { failpoint } from './failpoints.ts';

/** The folders `ab/` below `cas/` or `actions/`, made when something is first placed in them. */
export class Shards {
  readonly #placed: (folder: string) => void;
  readonly #known = new Set<string>();

  /** `placed` is called for each folder in which a name was placed, also that of a folder. */
  constructor(placed: (folder: string) => void) {
    this.#placed = placed;
  }

  /** `place` puts the name `path`. */
  put<T>(path: string, place: () => T): T {
    const folder = dirname(path);
    if (!this.#known.has(folder)) this.#make(folder);
    this.#placed(folder);
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
    const first = mkdirSync(folder, { recursive: true });
    failpoint('shard.made');
    if (first !== undefined) {
      for (let made = folder; made.length >= first.length; made = dirname(made)) {
        this.#placed(dirname(made));
      }
    }
    this.#known.add(folder);
  }
}
