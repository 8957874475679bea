// What the reference's JSON says of single rows of a batch.
import type { TaskBatch } from '../../src/ml/train/gather.ts';
import { largestDifference } from './padded.ts';
import type { Deviations } from './padded.ts';

export interface ExpectedRow {
  readonly tokens: number;
  readonly hidden_sum: number;
  readonly hidden_abs_sum: number;
  readonly cls_first8: readonly number[];
  readonly last_token_first4: readonly number[];
  readonly cls_first4_after_each_layer: readonly (readonly number[])[];
  readonly pooled_first8: readonly number[];
  readonly pooled_sum: number;
  readonly logits: readonly number[];
  readonly probs: readonly number[];
  readonly ce: number;
  readonly score: number;
  readonly squared_error: number;
}

export interface Computed {
  readonly batch: TaskBatch;
  readonly targets: readonly number[];
  /** Of the embeddings and after each layer. */
  readonly hidden: readonly Float32Array[];
  readonly pooled: Float32Array;
  readonly logits: Float32Array;
  readonly scores: Float32Array;
}

/** Of hidden states, of sums over a row, of squared errors, and of all else. */
export interface Tolerances {
  readonly hidden: number;
  readonly sums: number;
  readonly squares: number;
  readonly others: number;
}

export function checkRows(
  off: Deviations,
  rows: readonly ExpectedRow[],
  { batch, targets, hidden, pooled, logits, scores }: Computed,
  tolerances: Tolerances,
): void {
  const width = pooled.length / rows.length;
  const classes = logits.length / rows.length;
  const last = hidden.at(-1) as Float32Array;
  for (const [r, row] of rows.entries()) {
    const [begin, end] = [batch.offsets[r] as number, batch.offsets[r + 1] as number];
    const check = (
      name: string,
      found: ArrayLike<number>,
      wanted: ArrayLike<number>,
      tolerance: number,
    ) =>
      // prettier-ignore
      off.check(`${name} of row ${r}`, largestDifference(found, wanted), tolerance);
    const one = (name: string, found: number, wanted: number, tolerance: number) =>
      check(name, [found], [wanted], tolerance);
    const states = last.subarray(begin * width, end * width);
    const final = states.subarray(states.length - width);
    const own = logits.subarray(r * classes, (r + 1) * classes);
    const vector = pooled.subarray(r * width, (r + 1) * width);
    const powers = own.map((x) => Math.exp(x));
    const probs = powers.map((x) => x / sum(powers));
    const score = scores[r] as number;
    one('tokens', end - begin, row.tokens, 0.5);
    // A long row's sum has more of float32's rounding, in PyTorch too: one unit of each element.
    const room = tolerances.sums + 2 ** -23 * row.hidden_abs_sum;
    one('hidden_sum', sum(states), row.hidden_sum, room);
    one('hidden_abs_sum', sum(states, Math.abs), row.hidden_abs_sum, room);
    check('cls_first8', states.subarray(0, 8), row.cls_first8, tolerances.hidden);
    check('last_token_first4', final.subarray(0, 4), row.last_token_first4, tolerances.hidden);
    for (const [i, wanted] of row.cls_first4_after_each_layer.entries()) {
      const found = hidden[i]?.subarray(begin * width, begin * width + 4) ?? [];
      check(`cls_first4_after_each_layer[${i}]`, found, wanted, tolerances.hidden);
    }
    check('pooled_first8', vector.subarray(0, 8), row.pooled_first8, tolerances.others);
    one('pooled_sum', sum(vector), row.pooled_sum, tolerances.sums);
    check('logits', own, row.logits, tolerances.others);
    check('probs', probs, row.probs, tolerances.others);
    one('ce', -Math.log(probs[batch.labels[r] as number] as number), row.ce, tolerances.others);
    one('score', score, row.score, tolerances.others);
    one('squared_error', (score - (targets[r] as number)) ** 2, row.squared_error, tolerances.squares); // prettier-ignore
  }
}

function sum(values: Float32Array, of = (x: number): number => x): number {
  return values.reduce((all, x) => all + of(x), 0);
}
