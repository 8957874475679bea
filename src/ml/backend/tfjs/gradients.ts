import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import type { Parameter } from '../backend.ts';
import type { Tf } from './load.ts';

/** The parameters' gradients of the last run with gradients, and of those it added to. */
export class Gradients {
  readonly #of = new Map<Parameter, TfTensor>();

  has(parameter: Parameter): boolean {
    return this.#of.has(parameter);
  }

  /** Zeros where there is none. */
  get(tf: Tf, parameter: Parameter): TfTensor {
    return this.#of.get(parameter) ?? tf.zeros([parameter.rows, parameter.cols]);
  }

  add(tf: Tf, parameter: Parameter, part: TfTensor): void {
    const before = this.#of.get(parameter);
    this.#of.set(parameter, before === undefined ? part : tf.add(before, part));
    // A gradient of an earlier run is kept, so no scope disposes of it.
    if (before?.kept === true) before.dispose();
  }

  /** The norm of all together; a scalar. */
  norm(tf: Tf): TfTensor {
    const squares = [...this.#of.values()].map((gradient) => tf.sum(tf.square(gradient)));
    // Two at a time, because WebGPU's sum of many tensors takes at most eight.
    return tf.sqrt(squares.reduce((sum, x) => tf.add(sum, x), tf.scalar(0)));
  }

  /** Keeps the gradients beyond the scope in which they were made, because the next run may add to them. */
  keep(tf: Tf): void {
    for (const gradient of this.#of.values()) tf.keep(gradient);
  }

  drop(): void {
    for (const gradient of this.#of.values()) gradient.dispose();
    this.#of.clear();
  }
}
