// What a long pass over many rows has done so far, kept a shard a file in a folder that outlives the
// process. A shard is there whole or not at all.
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { replaceFile } from '../replace-file.ts';
import { readNpy, writeNpy } from './npy.ts';

export class Shards {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @returns undefined where it is not there, or damaged: then it is to be made again */
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
