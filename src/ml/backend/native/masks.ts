// Dropout's masks from the wasm backend's kernel, so that both backends drop the same elements.
import type { Dropout } from '../backend.ts';
import { dropoutThreshold } from '../dropout.ts';
import { loadKernels } from '../wasm/kernels.ts';
import type { Kernels } from '../wasm/kernels.ts';
import { Memory } from '../wasm/memory.ts';

/** Values of a block: a multiple of 4, small enough for the first-level cache. */
const BLOCK = 4096;
/** The factor of an element's number in the hash, see dropout.ts. */
const GOLDEN = 0x9e3779b1;

export class Masks {
  readonly #memory: Memory;
  readonly #kernels: Kernels;
  readonly #ones: number;
  readonly #block: number;

  private constructor(memory: Memory, kernels: Kernels) {
    this.#memory = memory;
    this.#kernels = kernels;
    this.#ones = memory.keep(4 * BLOCK);
    this.#block = memory.keep(4 * BLOCK);
    memory.floats(this.#ones, BLOCK).fill(1);
  }

  static async open(): Promise<Masks> {
    const memory = new Memory();
    return new Masks(memory, await loadKernels(memory.memory));
  }

  /** The mask of elements 0, 1, …: 0 where dropped, 1 / (1 - rate) elsewhere. */
  make(elements: number, { rate, key }: Dropout): Float32Array {
    const mask = new Float32Array(elements);
    const block = this.#memory.floats(this.#block, BLOCK);
    for (let at = 0; at < elements; at += BLOCK) {
      const count = Math.min(BLOCK, elements - at);
      const from = (key + Math.imul(at, GOLDEN)) | 0;
      const threshold = dropoutThreshold(rate);
      this.#kernels.dropout(this.#ones, this.#block, count, from, threshold, 1 / (1 - rate));
      mask.set(count === BLOCK ? block : block.subarray(0, count), at);
    }
    return mask;
  }
}
