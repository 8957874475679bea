// TensorFlow's operations as functions of handles.
import type { Precision } from '../backend.ts';
import { Executor } from './executor.ts';
import type { Handle } from './handle.ts';
import type { OperationKind, Operations, UNARY } from './operations.ts';
import type { Constants } from './constants.ts';
import type { Masks } from './masks.ts';
import type { Runtime } from './runtime.ts';

type Data = Float32Array | Int32Array;

export class Calls {
  readonly #runtime: Runtime;
  readonly #operations: Operations;
  readonly #constants: Constants;
  readonly #executor: Executor;
  readonly #precision: Precision;
  #gradients = false;

  constructor(runtime: Runtime, precision: Precision = 'fp32') {
    this.#runtime = runtime;
    this.#precision = precision;
    this.#operations = runtime.operations;
    this.#constants = runtime.constants;
    this.#executor = new Executor(runtime.addon, runtime.graphs);
  }

  /** Whether the run has a backward pass, for which operations must keep values. */
  get gradients(): boolean {
    return this.#gradients;
  }

  /** The masks of dropout. */
  get masks(): Masks {
    return this.#runtime.masks;
  }

  get held(): number {
    return this.#runtime.held;
  }

  begin(gradients: boolean): void {
    this.#gradients = gradients;
    this.#executor.begin();
  }

  end(): void {
    this.#executor.end();
  }

  /** After this call operations are executed one by one. To be called before variables are changed. */
  settle(): void {
    this.#executor.settle();
  }

  read(handle: Handle): Data {
    return this.#executor.read(handle);
  }

  /** The values that a run returns. A run with a backward pass also leaves gradients. */
  results(handles: readonly Handle[]): readonly Data[] {
    if (this.#gradients) this.#executor.settle();
    return this.#executor.results(handles);
  }

  /** Frees memory for the operations that follow. */
  free(...handles: readonly Handle[]): void {
    for (const handle of handles) this.#executor.free(handle);
  }

  /** Frees a tensor that was kept. */
  drop(handle: Handle): void {
    this.#executor.adopt(handle);
    this.#executor.free(handle);
  }

  /** Keeps a tensor beyond the run. */
  keep(handle: Handle): Handle {
    return this.#executor.keep(handle);
  }

  /** Moves a kept tensor into the run: it is deleted with the run unless it is kept again. */
  adopt(handle: Handle): void {
    this.#executor.adopt(handle);
  }

  /** @param values then belong to TensorFlow */
  floats(shape: readonly number[], values: Float32Array): Handle {
    return this.#executor.create(this.#runtime.addon.TF_FLOAT, shape, values);
  }

  /** @param values then belong to TensorFlow */
  integers(shape: readonly number[], values: Int32Array): Handle {
    return this.#executor.create(this.#runtime.addon.TF_INT32, shape, values);
  }

  /** A constant number, which stays for the process. */
  number(value: number): Handle {
    return this.#constants.number(value);
  }

  /** a b, after transposing either if asked; [m, n] of [m, k] and [k, n]. */
  matMul(a: Handle, b: Handle, transposeA = false, transposeB = false): Handle {
    return this.#one(this.#operations.matMul(Number(transposeA) + 2 * Number(transposeB)), a, b);
  }

  /** As `matMul`, in the backend's precision. */
  product(a: Handle, b: Handle, transposeA = false, transposeB = false): Handle {
    if (this.#precision === 'fp32') return this.matMul(a, b, transposeA, transposeB);
    const { toHalf, fromHalf, halfMatMul } = this.#operations;
    // A graph casts a tensor only once, even if it is used several times.
    const [x, y] = [this.#one(toHalf, a), this.#one(toHalf, b)];
    const half = this.#one(halfMatMul(Number(transposeA) + 2 * Number(transposeB)), x, y);
    const result = this.#one(fromHalf, half);
    this.free(x, y, half);
    return result;
  }

  /** As `matMul`, for stacks of matrices [..., m, k] and [..., k, n]. */
  batchMatMul(a: Handle, b: Handle, transposeA = false, transposeB = false): Handle {
    const kind = this.#operations.batchMatMul(Number(transposeA) + 2 * Number(transposeB));
    return this.#one(kind, a, b);
  }

  add(a: Handle, b: Handle): Handle {
    return this.#one(this.#operations.add, a, b);
  }

  subtract(a: Handle, b: Handle): Handle {
    return this.#one(this.#operations.subtract, a, b);
  }

  multiply(a: Handle, b: Handle): Handle {
    return this.#one(this.#operations.multiply, a, b);
  }

  unary(name: (typeof UNARY)[number], x: Handle): Handle {
    return this.#one(this.#operations.unary(name), x);
  }

  /** The gradient by x from the gradient by y = tanh(x). */
  tanhGradient(y: Handle, gradient: Handle): Handle {
    return this.#one(this.#operations.tanhGradient, y, gradient);
  }

  /** x [rows, n] + bias [n] */
  addBias(x: Handle, bias: Handle): Handle {
    return this.#one(this.#operations.addBias, x, bias);
  }

  /** Sums of columns: [rows, n] -> [n]. */
  columnSums(x: Handle): Handle {
    return this.#one(this.#operations.columnSums, x);
  }

  /** Mean over the last axis, which keeps size 1. */
  mean(x: Handle): Handle {
    return this.#one(this.#operations.mean, x, this.#constants.axes(-1));
  }

  /** Sum over the last axis, which keeps size 1. */
  sum(x: Handle): Handle {
    return this.#one(this.#operations.sum, x, this.#constants.axes(-1));
  }

  addAll(handles: readonly Handle[]): Handle {
    return this.#one(this.#operations.addAll(handles.length), ...handles);
  }

  reshape(x: Handle, ...shape: readonly number[]): Handle {
    return this.#one(this.#operations.reshape, x, this.#constants.shape(...shape));
  }

  transpose(x: Handle, ...permutation: readonly number[]): Handle {
    return this.#one(this.#operations.transpose, x, this.#constants.axes(...permutation));
  }

  /** [n, ...] -> n handles */
  unstack(x: Handle, n: number): readonly Handle[] {
    return this.#executor.many(this.#operations.unstack(n), [x]);
  }

  stack(handles: readonly Handle[]): Handle {
    return this.#one(this.#operations.stack(handles.length), ...handles);
  }

  /** Rows of a table: [n] of [rows, cols] -> [n, cols]. */
  gather(table: Handle, rows: Handle): Handle {
    return this.#one(this.#operations.gather, table, rows, this.#constants.axis(0));
  }

  /** [n, cols] -> [count, cols]: the sum of the rows of each segment; negative segments are left out. */
  segmentSums(x: Handle, segments: Handle, count: number): Handle {
    return this.#one(this.#operations.segmentSums, x, segments, this.#constants.count(count));
  }

  /** A matrix that updates change in place. */
  variable(name: string, shape: readonly number[]): Handle {
    return this.keep(this.#now(this.#operations.variable(name, shape))[0] as Handle);
  }

  assign(variable: Handle, value: Handle): void {
    this.#now(this.#operations.assign, variable, value);
  }

  /** Shares the variable's memory: it must be freed before the variable is changed in place. */
  valueOf(variable: Handle): Handle {
    return this.#now(this.#operations.read, variable)[0] as Handle;
  }

  subtractFrom(variable: Handle, value: Handle): void {
    this.#now(this.#operations.subtractFrom, variable, value);
  }

  /** The operation's inputs in its own order: see TensorFlow's ResourceApplyAdam. */
  applyAdam(inputs: readonly Handle[]): void {
    this.#now(this.#operations.adam, ...inputs);
  }

  #one(kind: OperationKind, ...inputs: readonly Handle[]): Handle {
    return this.#executor.one(kind, inputs);
  }

  #now(kind: OperationKind, ...inputs: readonly Handle[]): readonly Handle[] {
    return this.#executor.now(kind, inputs);
  }
}
