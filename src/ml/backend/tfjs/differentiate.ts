// Operations from their way forward alone: TensorFlow.js finds their way back, and computes them again for it.
import type { Tensor as TfTensor } from '@tensorflow/tfjs-core';
import type { Loss, Operation, Parameter, Tensor } from '../backend.ts';
import type { Gradients } from './gradients.ts';
import type { Tf } from './load.ts';
import { own } from './parameters.ts';

export interface TfjsTensor extends Tensor {
  readonly values: TfTensor;
}

/** As many as the operation has inputs: the operands' values, then the parameters'. */
type Values = readonly [TfTensor, TfTensor, TfTensor, TfTensor, TfTensor];

export function tensor(values: TfTensor): TfjsTensor {
  const [rows = 0, cols = 0] = values.shape;
  return { rows, cols, values };
}

export function valuesOf(one: Tensor): TfTensor {
  return (one as TfjsTensor).values;
}

export function differentiable(
  tf: Tf,
  gradients: Gradients,
  operands: readonly Tensor[],
  parameters: readonly Parameter[],
  compute: (values: Values) => TfTensor,
): Operation {
  const of = (values: readonly TfTensor[]) => compute(values as unknown as Values);
  const inputs = [
    ...operands.map(valuesOf),
    ...parameters.map((parameter) => own(parameter).variable),
  ];
  const value = tf.tidy(() => of(inputs));
  return {
    value: tensor(value),
    backward: (gradient) => {
      const back = tf.grads((...args: TfTensor[]) => of(args));
      const parts = back(inputs, valuesOf(gradient));
      for (const [i, parameter] of parameters.entries()) {
        gradients.add(tf, parameter, parts[operands.length + i] as TfTensor);
      }
      return parts.slice(0, operands.length).map((part) => tensor(part));
    },
  };
}

export function differentiableLoss(
  tf: Tf,
  logits: Tensor,
  compute: (x: TfTensor) => TfTensor,
): Loss {
  const values = valuesOf(logits);
  const loss = tf.tidy(() => compute(values));
  return {
    value: tensor(tf.reshape(loss, [1, 1])),
    backward: (share) =>
      tensor(tf.mul(tf.grad((x: TfTensor) => tf.reshape(compute(x), []))(values), share)),
  };
}
