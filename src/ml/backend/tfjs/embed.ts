import type { EmbeddingTables } from '../backend.ts';
import { differentiable, tensor } from './differentiate.ts';
import type { TfjsOperation, TfjsTensor } from './differentiate.ts';
import { layerNorm, scatter } from './functions.ts';
import type { Places, TfjsTokens } from './functions.ts';
import type { Session, TfjsParameter } from './parameter.ts';

export function embedOperation(
  session: Session,
  { words, places, segments }: TfjsTokens,
  { word, position, segment, norm }: EmbeddingTables<TfjsParameter>,
  eps: number,
): TfjsOperation {
  const { tf, gradients } = session;
  const rowsOf = (table: TfjsParameter, { rows }: Places) => tf.gather(table.variable, rows);
  const both = tf.add(rowsOf(word, words), rowsOf(segment, segments));
  const { value, backward } = differentiable(
    session,
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
      const [by] = backward(gradient) as [TfjsTensor];
      for (const [table, indices] of tables) {
        gradients.add(tf, table, scatter(tf, by.values, indices, table));
      }
      return [];
    },
  };
}
