// Keeps the finished part of a long pass over many rows, one file per shard, in a folder that outlives
// the process. A shard is complete or absent.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../replace-file.ts';
import { readNpy, writeNpy } from './npy.ts';

export class Shards {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @returns undefined if the shard is absent or damaged; it must then be computed again */
  load(name: string): Int32Array | undefined {
    const file = this.#file(name);
    if (!existsSync(file)) return undefined;
    try {
      return readNpy(file, '<i4');
    } catch {
      rmSync(file);
      return undefined;
    }
  }

  save(name: string, values: Int32Array): void {
    mkdirSync(this.#folder, { recursive: true });
    replaceFile(this.#file(name), (file) => writeNpy(file, values));
  }

  #file(name: string): string {
    return path.join(this.#folder, `${name}.npy`);
  }
}
