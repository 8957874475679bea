// A parameter as TensorFlow's resource variable, which updates change in place.
import type { Moments, Parameter } from '../backend.ts';
import type { Handle } from './handle.ts';
import type { Calls } from './calls.ts';

/** The gradient of a word table: of the rows that occur. */
interface GradientRows {
  readonly ids: Int32Array;
  /** [ids, cols] */
  readonly values: Handle;
}

/** Counts variables, whose names must be unique in the process. */
let variables = 0;

export class NativeParameter implements Parameter {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly variable: Handle;
  readonly #calls: Calls;
  #moments: { readonly first: Handle; readonly second: Handle } | undefined;
  /** Whether the moments count; false after they were reset. */
  #moved = false;
  /** The value, which shares the variable's memory, from its first use until the variable changes. */
  #value: Handle | undefined;
  // The gradient of the run, or one that is kept for a run that adds to it:
  #gradient: Handle | undefined;
  #rows: GradientRows | undefined;

  constructor(calls: Calls, name: string, rows: number, cols: number, data: Float32Array) {
    this.name = name;
    this.rows = rows;
    this.cols = cols;
    this.#calls = calls;
    this.variable = this.#makeVariable();
    this.assign(data);
  }

  /** Whether the add-on holds a tensor of the value, which needs no memory. */
  get shared(): boolean {
    return this.#value !== undefined;
  }

  get hasGradient(): boolean {
    return this.#gradient !== undefined || this.#rows !== undefined;
  }

  /** To be called at the start of a run: moves a kept gradient into it. */
  adopt(): void {
    for (const handle of this.#gradientHandles()) this.#calls.adopt(handle);
  }

  /** To be called before the end of a run: keeps the gradient. */
  keep(): void {
    for (const handle of this.#gradientHandles()) this.#calls.keep(handle);
  }

  forgetGradient(): void {
    this.#gradient = undefined;
    this.#rows = undefined;
  }

  assign(data: Float32Array): void {
    this.release();
    this.#set(this.variable, data);
  }

  async value(): Promise<Float32Array> {
    return this.#copyOf(this.variable);
  }

  async moments(): Promise<Moments | undefined> {
    if (this.#moments === undefined || !this.#moved) return undefined;
    const { first, second } = this.#moments;
    return { first: this.#copyOf(first), second: this.#copyOf(second) };
  }

  restoreMoments(moments: Moments | undefined): void {
    this.#moved = moments !== undefined;
    if (moments === undefined) return;
    this.#moments ??= { first: this.#makeVariable(), second: this.#makeVariable() };
    this.#set(this.#moments.first, moments.first);
    this.#set(this.#moments.second, moments.second);
  }

  /** The value [rows, cols], shared with the variable. */
  read(): Handle {
    this.#value ??= this.#calls.keep(this.#calls.valueOf(this.variable));
    return this.#value;
  }

  /** The same as [cols], of a parameter of one row. */
  readVector(): Handle {
    return this.#calls.reshape(this.read(), this.cols);
  }

  /** To be called before the variable is changed in place: TensorFlow copies a shared one. */
  release(): void {
    if (this.#value !== undefined) this.#calls.drop(this.#value);
    this.#value = undefined;
  }

  /** @param part [rows, cols], or [cols] for a parameter of one row; then belongs to the parameter */
  addGradient(part: Handle): void {
    if (this.#rows !== undefined) {
      this.#gradient = this.#dense(this.#rows);
      this.#rows = undefined;
    }
    if (this.#gradient === undefined) {
      this.#gradient = part;
      return;
    }
    const sum = this.#calls.add(this.#gradient, part);
    this.#calls.free(this.#gradient, part);
    this.#gradient = sum;
  }

  /** @param values [ids, cols]; then belong to the parameter */
  addGradientRows(ids: Int32Array, values: Handle): void {
    if (this.hasGradient) this.addGradient(this.#dense({ ids, values }));
    else this.#rows = { ids, values };
  }

  /** Half the sum of the gradient's squares. */
  halfSquares(): Handle {
    return this.#calls.unary('L2Loss', this.#rows?.values ?? (this.#gradient as Handle));
  }

  /** [rows, cols], times `scale` where it is not 1; zeros where there is none. */
  gradient(scale = 1): Handle {
    const calls = this.#calls;
    const scaled = (x: Handle) => (scale === 1 ? x : calls.multiply(x, this.#scalar(scale)));
    if (this.#rows !== undefined) {
      const { ids, values } = this.#rows;
      return this.#dense({ ids, values: scaled(values) });
    }
    if (this.#gradient === undefined) return this.#zeros();
    const value = scaled(this.#gradient);
    return this.rows === 1 ? calls.reshape(value, 1, this.cols) : value;
  }

  /** Frees a tensor that `gradient` made. */
  freeGradient(made: Handle): void {
    if (made !== this.#gradient) this.#calls.free(made);
  }

  /** Variables for moments, zeros before the first update. */
  momentsToUpdate(): readonly [first: Handle, second: Handle] {
    if (!this.#moved) {
      const nothing = new Float32Array(this.rows * this.cols);
      this.restoreMoments({ first: nothing, second: nothing });
    }
    const { first, second } = this.#moments as { first: Handle; second: Handle };
    return [first, second];
  }

  #gradientHandles(): readonly Handle[] {
    return [this.#gradient, this.#rows?.values].filter((handle) => handle !== undefined);
  }

  #dense({ ids, values }: GradientRows): Handle {
    const of = Int32Array.from(ids);
    return this.#calls.segmentSums(values, this.#calls.integers([of.length], of), this.rows);
  }

  #zeros(): Handle {
    return this.#calls.floats([this.rows, this.cols], new Float32Array(this.rows * this.cols));
  }

  #scalar(value: number): Handle {
    return this.#calls.floats([], Float32Array.of(value));
  }

  #makeVariable(): Handle {
    return this.#calls.variable(`parameter ${variables++}`, [this.rows, this.cols]);
  }

  #set(variable: Handle, data: Float32Array): void {
    if (data.length !== this.rows * this.cols) {
      throw new Error(`'${this.name}' [${this.rows}, ${this.cols}]: ${data.length} values`);
    }
    const value = this.#calls.floats([this.rows, this.cols], data.slice());
    this.#calls.assign(variable, value);
    this.#calls.free(value);
  }

  #copyOf(variable: Handle): Float32Array {
    const value = this.#calls.valueOf(variable);
    const copy = this.#calls.read(value) as Float32Array;
    this.#calls.free(value);
    return copy;
  }
}
