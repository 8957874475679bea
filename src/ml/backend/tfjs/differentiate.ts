// Operations from their forward pass alone: TensorFlow.js derives the backward pass, and computes the forward pass again for it.
import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import type { Loss, Operation, Tensor } from '../backend.ts';
import type { Tf } from './load.ts';
import type { Session, TfjsParameter } from './parameter.ts';

export interface TfjsTensor extends Tensor {
  readonly values: TfTensor;
}

export type TfjsOperation = Operation<TfjsTensor>;

/** The operands' values, then the parameters'; the rest of the tuple does not exist. */
type Values = readonly [TfTensor, TfTensor, TfTensor, TfTensor, TfTensor];

export function tensor(values: TfTensor): TfjsTensor {
  const [rows = 0, cols = 0] = values.shape;
  return { rows, cols, values };
}

export function differentiable(
  { tf, gradients }: Session,
  operands: readonly TfjsTensor[],
  parameters: readonly TfjsParameter[],
  compute: (values: Values) => TfTensor,
): TfjsOperation {
  const of = (values: readonly TfTensor[]) => compute(values as unknown as Values);
  const inputs = [
    ...operands.map(({ values }) => values),
    ...parameters.map(({ variable }) => variable),
  ];
  const value = tf.tidy(() => of(inputs));
  return {
    value: tensor(value),
    backward: (gradient) => {
      const back = tf.grads((...args: TfTensor[]) => of(args));
      const parts = back(inputs, gradient.values);
      for (const [i, parameter] of parameters.entries()) {
        gradients.add(tf, parameter, parts[operands.length + i] as TfTensor);
      }
      return parts.slice(0, operands.length).map((part) => tensor(part));
    },
  };
}

export function differentiableLoss(
  tf: Tf,
  { values }: TfjsTensor,
  compute: (x: TfTensor) => TfTensor,
): Loss<TfjsTensor> {
  const loss = tf.tidy(() => compute(values));
  return {
    value: tensor(tf.reshape(loss, [1, 1])),
    backward: (share) =>
      tensor(tf.mul(tf.grad((x: TfTensor) => tf.reshape(compute(x), []))(values), share)),
  };
}
