// A backend's operations are a table of functions, each of which takes first what all of them share.
import type { Loss, Operations, Parameter, Tensor, Tokens } from './backend.ts';
import { binaryCrossEntropy, crossEntropy, scaled, squaredError } from './losses.ts';
import type { LossValue } from './losses.ts';

/** @template C what the operations share: memory, or a library */
export type OperationTable<C, T extends Tensor, K extends Tokens, P extends Parameter> = {
  readonly [Name in keyof Operations]: (
    shared: C,
    ...operands: Parameters<Operations<T, K, P>[Name]>
  ) => ReturnType<Operations<T, K, P>[Name]>;
};

/** The operations of one backend, which only gets tensors, tokens and parameters that it made. */
export function operationsOn<C, T extends Tensor, K extends Tokens, P extends Parameter>(
  shared: C,
  table: OperationTable<C, T, K, P>,
): Operations {
  const names = Object.keys(table) as readonly (keyof Operations)[];
  const bound = names.map((name) => {
    const operation = table[name] as (shared: C, ...operands: readonly unknown[]) => unknown;
    return [name, (...operands: readonly unknown[]) => operation(shared, ...operands)];
  });
  return Object.fromEntries(bound) as Operations;
}

/** The losses of a backend whose logits can be read at once: they are computed in JavaScript. */
export function lossOperations<C, T extends Tensor>(
  read: (shared: C, logits: T) => Float32Array,
  hold: (shared: C, rows: number, cols: number, values: Float32Array) => T,
) {
  const loss = (shared: C, { rows, cols }: T, { loss: mean, gradient }: LossValue): Loss<T> => ({
    value: hold(shared, 1, 1, Float32Array.of(mean)),
    backward: (share) => hold(shared, rows, cols, scaled(gradient, share)),
  });
  return {
    crossEntropy: (shared: C, logits: T, classes: Int32Array) =>
      loss(shared, logits, crossEntropy(read(shared, logits), logits.cols, classes)),
    binaryCrossEntropy: (shared: C, logits: T, classes: Int32Array, positive: Float32Array) =>
      loss(
        shared,
        logits,
        binaryCrossEntropy(read(shared, logits), logits.cols, classes, positive),
      ),
    squaredError: (shared: C, x: T, targets: Float32Array) =>
      loss(shared, x, squaredError(read(shared, x), targets)),
  };
}
