// What the operations of a run share: the kernels, and memory for tensors.
import type { Operation, Tensor, Tokens } from '../backend.ts';
import type { Kernels } from './kernels.ts';
import type { Address, Memory } from './memory.ts';

export interface WasmTensor extends Tensor {
  readonly address: Address;
}

export type WasmOperation = Operation<WasmTensor>;

export interface WasmTokens extends Tokens {
  /** i32 [tokens] */
  readonly ids: Address;
  /** Place of each token in its row, i32 [tokens]. */
  readonly places: Address;
  /** i32 [tokens] */
  readonly segments: Address;
  /** i32 [rows + 1] */
  readonly offsets: Address;
  /** The distinct words, without the padding token. */
  words(): Int32Array;
  /** Its id. */
  readonly padding: number;
  /** [rows] */
  readonly lengths: Uint32Array;
  readonly longest: number;
}

export class Arena {
  readonly kernels: Kernels;
  /** For the products' blocks. */
  readonly scratch: Address;
  readonly #memory: Memory;
  #gradients = false;

  constructor(memory: Memory, kernels: Kernels) {
    this.#memory = memory;
    this.kernels = kernels;
    this.scratch = memory.keep(kernels.scratchBytes());
  }

  begin(gradients: boolean): void {
    this.#memory.begin();
    this.#gradients = gradients;
  }

  end(): void {
    this.#memory.end();
  }

  /** Whether the run has a backward pass, for which operations must keep values. */
  get gradients(): boolean {
    return this.#gradients;
  }

  take(bytes: number): Address {
    return this.#memory.take(bytes);
  }

  /** A tensor whose values are not set yet. */
  tensor(rows: number, cols: number): WasmTensor {
    return this.tensorAt(this.take(4 * rows * cols), rows, cols);
  }

  tensorAt(address: Address, rows: number, cols: number): WasmTensor {
    return { address, rows, cols };
  }

  hold(rows: number, cols: number, values: Float32Array): WasmTensor {
    const tensor = this.tensor(rows, cols);
    this.view(tensor).set(values);
    return tensor;
  }

  holdIntegers(values: ArrayLike<number>): Address {
    const address = this.take(4 * values.length);
    this.#memory.integers(address, values.length).set(values);
    return address;
  }

  zeros(rows: number, cols: number): WasmTensor {
    const tensor = this.tensor(rows, cols);
    this.#memory.clear(tensor.address, 4 * rows * cols);
    return tensor;
  }

  /** The values, until the next tensor is made. */
  view({ address, rows, cols }: WasmTensor): Float32Array {
    return this.#memory.floats(address, rows * cols);
  }
}

/** @throws where the kernels, which take four columns at a time, would read beyond the row */
export function checkWidth(cols: number): void {
  if (cols % 4 !== 0) {
    throw new Error(`hidden size ${cols} is not a multiple of 4; backend 'cpu' can run it`);
  }
}
