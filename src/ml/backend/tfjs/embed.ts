import type { EmbeddingTables, Operation, Parameter, Tensor } from '../backend.ts';
import { differentiable, tensor, valuesOf } from './differentiate.ts';
import { layerNorm, scatter } from './functions.ts';
import type { BatchIndices, Places } from './functions.ts';
import type { Gradients } from './gradients.ts';
import type { Tf } from './load.ts';
import { own } from './parameters.ts';

export function embedOperation(
  tf: Tf,
  gradients: Gradients,
  { words, places, segments }: BatchIndices,
  { word, position, segment, norm }: EmbeddingTables,
  eps: number,
): Operation {
  const rowsOf = (table: Parameter, { rows }: Places) => tf.gather(own(table).variable, rows);
  const both = tf.add(rowsOf(word, words), rowsOf(segment, segments));
  const { value, backward } = differentiable(
    tf,
    gradients,
    [tensor(tf.add(both, rowsOf(position, places)))],
    [norm.weight, norm.bias],
    ([x, weight, bias]) => layerNorm(tf, x, weight, bias, eps),
  );
  const tables = [
    [word, words],
    [position, places],
    [segment, segments],
  ] as const;
  return {
    value,
    backward: (gradient) => {
      const [by] = backward(gradient) as [Tensor];
      for (const [table, indices] of tables) {
        gradients.add(tf, table, scatter(tf, valuesOf(by), indices, table));
      }
      return [];
    },
  };
}
