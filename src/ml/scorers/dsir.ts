// Xie et al., Data Selection for Language Models via Importance Resampling (NeurIPS 2023).
import { Stream } from '../random.ts';
import type { Fit, Words } from './word-rows.ts';

const BUCKETS = 10_000;

/**
 * The log of the ratio of a row's probability in the primary to that in the pool, by hashed words and
 * pairs of words. Gumbel noise makes the best N a random draw without replacement by these weights.
 */
export const dsir =
  (seed: number): Fit =>
  (pool, target, primary) => {
    const [wanted, usual] = [logShares(target), logShares(pool)];
    const stream = Stream.named(seed, 'dsir', primary);
    return (row) => {
      let score = 0;
      for (const bucket of buckets(row)) {
        score += (wanted[bucket] as number) - (usual[bucket] as number);
      }
      // -log(-log(u)) of u in (0, 1).
      return score - Math.log(-Math.log((stream.u32() + 0.5) / 2 ** 32));
    };
  };

/** The number of words: DSIR's sums grow with it, so it is their control. */
export const length: Fit = () => (row) => row.length;

function logShares(rows: readonly Words[]): Float64Array {
  const counts = new Float64Array(BUCKETS).fill(1);
  let total = BUCKETS;
  for (const row of rows) {
    for (const bucket of buckets(row)) {
      counts[bucket] = (counts[bucket] as number) + 1;
      total += 1;
    }
  }
  return counts.map((count) => Math.log(count / total));
}

function* buckets(row: Words): Generator<number> {
  for (let i = 0; i < row.length; i++) {
    const word = row[i] as number;
    yield word % BUCKETS;
    const next = row[i + 1];
    if (next !== undefined) yield ((Math.imul(word, 0x9e3779b1) ^ next) >>> 0) % BUCKETS;
  }
}
