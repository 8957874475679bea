import type { Neighbours } from './vp-tree.ts';

/** A symmetric sparse matrix [n, n] in rows: values of row i are at starts[i] up to starts[i + 1]. */
export interface Affinities {
  readonly n: number;
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

const SEARCH_STEPS = 100;
/** Of the entropy, in nats. */
const TOLERANCE = 1e-10;

/**
 * For each row the Gaussian whose perplexity over its neighbours is the given one.
 *
 * @returns conditional probabilities [n, k]; each row sums to 1
 */
export function conditional(neighbours: Neighbours, perplexity: number): Float64Array {
  const { k, squared } = neighbours;
  const p = new Float64Array(squared.length);
  for (let from = 0; from < squared.length; from += k) {
    fitRow(squared.subarray(from, from + k), Math.log(perplexity), p.subarray(from, from + k));
  }
  return p;
}

/** Bisection on the precision: entropy falls as it grows. */
function fitRow(squared: Float64Array, entropy: number, p: Float64Array): void {
  // Subtracting the nearest distance changes no probability, and keeps all from underflowing at once.
  const nearest = squared[0] as number;
  const spread = (squared.at(-1) as number) - nearest;
  let precision = spread > 0 ? 1 / spread : 1;
  let low = 0;
  let high = Infinity;
  for (let step = 0; step < SEARCH_STEPS; step++) {
    let sum = 0;
    let weighted = 0;
    for (let j = 0; j < p.length; j++) {
      const distance = (squared[j] as number) - nearest;
      const weight = Math.exp(-distance * precision);
      p[j] = weight;
      sum += weight;
      weighted += weight * distance;
    }
    for (let j = 0; j < p.length; j++) p[j] = (p[j] as number) / sum;
    const excess = Math.log(sum) + (precision * weighted) / sum - entropy;
    // Where all distances are equal no precision changes anything.
    if (Math.abs(excess) < TOLERANCE || spread === 0) return;
    if (excess > 0) low = precision;
    else high = precision;
    precision = high === Infinity ? precision * 2 : (low + high) / 2;
  }
}

/** The joint probabilities (p(j|i) + p(i|j)) / 2n: symmetric, their sum is 1. */
export function symmetric(neighbours: Neighbours, p: Float64Array): Affinities {
  const { k, index } = neighbours;
  const n = index.length / k;
  const rows: Map<number, number>[] = Array.from({ length: n }, () => new Map());
  for (let at = 0; at < index.length; at++) {
    const i = Math.floor(at / k);
    const j = index[at] as number;
    const half = (p[at] as number) / (2 * n);
    add(rows[i] as Map<number, number>, j, half);
    add(rows[j] as Map<number, number>, i, half);
  }
  const starts = new Int32Array(n + 1);
  for (const [i, row] of rows.entries()) starts[i + 1] = (starts[i] as number) + row.size;
  const total = starts[n] as number;
  const columns = new Int32Array(total);
  const values = new Float64Array(total);
  for (const [i, row] of rows.entries()) {
    let at = starts[i] as number;
    for (const j of [...row.keys()].sort((a, b) => a - b)) {
      columns[at] = j;
      values[at++] = row.get(j) as number;
    }
  }
  return { n, starts, columns, values };
}

function add(row: Map<number, number>, column: number, value: number): void {
  row.set(column, (row.get(column) ?? 0) + value);
}
