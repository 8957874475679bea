// What a long pass over many rows has done so far, kept a shard a file in a folder that outlives the
// process. A shard is there whole or not at all.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
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
    const file = this.#file(name);
    writeNpy(`${file}.new`, values);
    // The bytes first, then the name: otherwise a power cut could leave the name of an empty file.
    const written = openSync(`${file}.new`, 'r');
    fsyncSync(written);
    closeSync(written);
    renameSync(`${file}.new`, file);
  }

  #file(name: string): string {
    return path.join(this.#folder, `${name}.npy`);
  }
}
