// A parameter's four blocks of memory: value, gradient and both moments. The last three exist only in training.
import type { Moments, Parameter } from '../backend.ts';
import type { Address, Memory } from './memory.ts';

interface Training {
  readonly gradient: Address;
  readonly first: Address;
  readonly second: Address;
}

export class WasmParameter implements Parameter {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly address: Address;
  /** A word table's rows with moments other than 0; undefined for other parameters. */
  active: Set<number> | undefined;
  readonly #memory: Memory;
  #training: Training | undefined;
  #touched = false;
  #moved = false;
  /** A word table's rows with a gradient, in order; the gradients of its other rows are 0. */
  #gradientRows: readonly number[] = [];

  constructor(memory: Memory, name: string, rows: number, cols: number, data: Float32Array) {
    this.name = name;
    this.rows = rows;
    this.cols = cols;
    this.#memory = memory;
    this.address = memory.keep(4 * this.size);
    this.assign(data);
  }

  get size(): number {
    return this.rows * this.cols;
  }

  get training(): Training {
    if (this.#training === undefined) throw new Error(`'${this.name}' is not in training`);
    return this.#training;
  }

  get hasGradient(): boolean {
    return this.#touched;
  }

  get gradientRows(): readonly number[] {
    return this.#gradientRows;
  }

  /** To be called before a run with gradients. */
  allowTraining(): void {
    this.#touched = false;
    this.#training ??= {
      gradient: this.#memory.keep(4 * this.size),
      first: this.#memory.keep(4 * this.size),
      second: this.#memory.keep(4 * this.size),
    };
  }

  assign(data: Float32Array): void {
    if (data.length !== this.size) {
      throw new Error(`'${this.name}' [${this.rows}, ${this.cols}]: ${data.length} values`);
    }
    this.#memory.floats(this.address, this.size).set(data);
  }

  async value(): Promise<Float32Array> {
    return this.#memory.floats(this.address, this.size).slice();
  }

  async moments(): Promise<Moments | undefined> {
    if (!this.#moved) return undefined;
    return {
      first: this.#memory.floats(this.training.first, this.size).slice(),
      second: this.#memory.floats(this.training.second, this.size).slice(),
    };
  }

  restoreMoments(moments: Moments | undefined): void {
    this.#moved = moments !== undefined;
    this.active = undefined;
    if (moments === undefined && this.#training === undefined) return;
    this.allowTraining();
    const { first, second } = this.training;
    const nothing = new Float32Array(this.size);
    this.#memory.floats(first, this.size).set(moments?.first ?? nothing);
    this.#memory.floats(second, this.size).set(moments?.second ?? nothing);
  }

  markMoved(): void {
    this.#moved = true;
    for (const row of this.#gradientRows) this.active?.add(row);
  }

  /** The gradient's address, for adding to it: zeros before the first gradient of a run. */
  touch(): Address {
    if (!this.#touched) this.clearGradient();
    this.#touched = true;
    return this.training.gradient;
  }

  /**
   * As `touch`, for a caller that sets every value of the gradient.
   *
   * @returns whether the caller must add to the values, or overwrite them
   */
  touchWhole(): { readonly gradient: Address; readonly adds: boolean } {
    const adds = this.#touched;
    this.#touched = true;
    return { gradient: this.training.gradient, adds };
  }

  /** As `touch`, for a word table of which only these rows get a gradient. */
  touchRows(rows: Iterable<number>): Address {
    this.active ??= this.#rowsWithMoments();
    const gradient = this.touch();
    this.#gradientRows = [...new Set([...this.#gradientRows, ...rows])].sort((a, b) => a - b);
    return gradient;
  }

  clearGradient(): void {
    const { gradient } = this.training;
    if (this.active === undefined) {
      this.#memory.clear(gradient, 4 * this.size);
      return;
    }
    for (const row of this.#gradientRows) {
      this.#memory.clear(gradient + 4 * row * this.cols, 4 * this.cols);
    }
    this.#gradientRows = [];
  }

  #rowsWithMoments(): Set<number> {
    const rows = new Set<number>();
    this.clearGradient();
    if (!this.#moved) return rows;
    const { first, second } = this.training;
    for (const address of [first, second]) {
      const values = this.#memory.floats(address, this.size);
      for (let i = 0; i < values.length; i++) {
        if (values[i] !== 0) rows.add(Math.floor(i / this.cols));
      }
    }
    return rows;
  }
}
