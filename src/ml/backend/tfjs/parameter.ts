// A parameter as a variable of TensorFlow.js, which no scope disposes of.
import type { Tensor as TfTensor, Variable } from '@tensorflow/tfjs-core';
import type { Moments, Parameter, Update, UpdateSettings } from '../backend.ts';
import type { Gradients } from './gradients.ts';
import type { Tf } from './load.ts';

/** What the operations and parameters of one backend share. */
export interface Session {
  readonly tf: Tf;
  readonly gradients: Gradients;
}

export class TfjsParameter implements Parameter {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  readonly variable: Variable;
  readonly #session: Session;
  #moments: { readonly first: Variable; readonly second: Variable } | undefined;

  constructor(session: Session, name: string, rows: number, cols: number, data: Float32Array) {
    this.name = name;
    this.rows = rows;
    this.cols = cols;
    this.#session = session;
    this.variable = this.#makeVariable(data);
  }

  get hasGradient(): boolean {
    return this.#session.gradients.has(this);
  }

  async value(): Promise<Float32Array> {
    return floats(this.variable);
  }

  assign(data: Float32Array): void {
    const { tf } = this.#session;
    tf.tidy(() => this.variable.assign(tf.tensor2d(data, [this.rows, this.cols])));
  }

  async moments(): Promise<Moments | undefined> {
    if (this.#moments === undefined) return undefined;
    const { first, second } = this.#moments;
    return { first: await floats(first), second: await floats(second) };
  }

  restoreMoments(moments: Moments | undefined): void {
    this.#moments?.first.dispose();
    this.#moments?.second.dispose();
    this.#moments = moments && {
      first: this.#makeVariable(moments.first),
      second: this.#makeVariable(moments.second),
    };
  }

  /** @param scale factor of the gradient, from clipping; a scalar */
  update(
    { stepSize, decay }: Update,
    { beta1, beta2, eps }: UpdateSettings,
    scale: TfTensor,
  ): void {
    const { tf, gradients } = this.#session;
    const gradient = gradients.get(tf, this);
    const { first, second } = this.#momentsToUpdate();
    tf.tidy(() => {
      const g = tf.mul(gradient, scale);
      first.assign(tf.add(tf.mul(first, beta1), tf.mul(g, 1 - beta1)));
      second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(g), 1 - beta2)));
      const move = tf.mul(tf.div(first, tf.add(tf.sqrt(second), eps)), stepSize);
      const moved = tf.sub(this.variable, move);
      this.variable.assign(decay === 0 ? moved : tf.sub(moved, tf.mul(moved, decay)));
    });
  }

  #momentsToUpdate() {
    const nothing = () => this.#makeVariable(new Float32Array(this.rows * this.cols));
    this.#moments ??= { first: nothing(), second: nothing() };
    return this.#moments;
  }

  #makeVariable(data: Float32Array): Variable {
    const { tf } = this.#session;
    return tf.tidy(() => tf.variable(tf.tensor2d(data.slice(), [this.rows, this.cols])));
  }
}

/** A copy of the values. */
export async function floats(values: TfTensor): Promise<Float32Array> {
  return Float32Array.from(await values.data());
}
