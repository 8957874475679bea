// Parameters as TensorFlow.js's variables, which no scope disposes of.
import type { Tensor as TfTensor, Variable } from '@tensorflow/tfjs-core';
import type { Moments, Parameter, Update, UpdateSettings } from '../backend.ts';
import type { Tf } from './load.ts';

export interface TfjsParameter extends Parameter {
  readonly variable: Variable;
  moments: { readonly first: Variable; readonly second: Variable } | undefined;
}

export function own(parameter: Parameter): TfjsParameter {
  return parameter as TfjsParameter;
}

export function makeParameter(
  tf: Tf,
  name: string,
  rows: number,
  cols: number,
  data: Float32Array,
): TfjsParameter {
  return { name, rows, cols, variable: makeVariable(tf, rows, cols, data), moments: undefined };
}

export function assign(tf: Tf, parameter: Parameter, data: Float32Array): void {
  const { rows, cols, variable } = own(parameter);
  tf.tidy(() => variable.assign(tf.tensor2d(data, [rows, cols])));
}

export async function readMoments(parameter: Parameter): Promise<Moments | undefined> {
  const { moments } = own(parameter);
  if (moments === undefined) return undefined;
  return { first: await floats(moments.first), second: await floats(moments.second) };
}

export function restoreMoments(tf: Tf, parameter: Parameter, moments: Moments | undefined): void {
  const it = own(parameter);
  it.moments?.first.dispose();
  it.moments?.second.dispose();
  const make = (data: Float32Array) => makeVariable(tf, it.rows, it.cols, data);
  it.moments =
    moments === undefined
      ? undefined
      : { first: make(moments.first), second: make(moments.second) };
}

/** @param scale factor of the gradient, from clipping; a scalar */
export function updateParameter(
  tf: Tf,
  { parameter, stepSize, decay }: Update,
  gradient: TfTensor,
  { beta1, beta2, eps }: UpdateSettings,
  scale: TfTensor,
): void {
  const it = own(parameter);
  const nothing = new Float32Array(it.rows * it.cols);
  if (it.moments === undefined) restoreMoments(tf, it, { first: nothing, second: nothing });
  const { first, second } = it.moments as NonNullable<TfjsParameter['moments']>;
  tf.tidy(() => {
    const g = tf.mul(gradient, scale);
    first.assign(tf.add(tf.mul(first, beta1), tf.mul(g, 1 - beta1)));
    second.assign(tf.add(tf.mul(second, beta2), tf.mul(tf.square(g), 1 - beta2)));
    const move = tf.mul(tf.div(first, tf.add(tf.sqrt(second), eps)), stepSize);
    const moved = tf.sub(it.variable, move);
    it.variable.assign(decay === 0 ? moved : tf.sub(moved, tf.mul(moved, decay)));
  });
}

/** A copy of the values. */
export async function floats(values: TfTensor): Promise<Float32Array> {
  return Float32Array.from(await values.data());
}

function makeVariable(tf: Tf, rows: number, cols: number, data: Float32Array): Variable {
  return tf.tidy(() => tf.variable(tf.tensor2d(data.slice(), [rows, cols])));
}
