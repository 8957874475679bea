import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Stream } from '../../../src/ml/random.ts';
import { conditional, symmetric } from '../../../src/ml/tsne/affinities.ts';
import { nearestNeighbours } from '../../../src/ml/tsne/vp-tree.ts';
import type { Points } from '../../../src/ml/tsne/vp-tree.ts';

function points(n: number, d: number, value: () => number): Points {
  return { n, d, values: Float32Array.from({ length: n * d }, value) };
}

function squaredDistance({ d, values }: Points, i: number, j: number): number {
  let sum = 0;
  for (let c = 0; c < d; c++) {
    sum += ((values[i * d + c] as number) - (values[j * d + c] as number)) ** 2;
  }
  return sum;
}

/** By looking at every pair. */
function expected(of: Points, k: number, query: number) {
  return Array.from({ length: of.n }, (_, index) => ({
    index,
    squared: squaredDistance(of, query, index),
  }))
    .filter(({ index }) => index !== query)
    .sort((a, b) => a.squared - b.squared || a.index - b.index)
    .slice(0, k);
}

describe('the nearest neighbours', () => {
  test('are those that a look at every pair finds, ties and duplicates included', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 2, max: 120 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 1000 }),
        (n, d, seed) => {
          const stream = Stream.named(seed, 'points');
          const of = points(n, d, () => stream.below(7));
          const k = 1 + stream.below(n - 1);
          const found = nearestNeighbours(of, k, Stream.named(seed, 'vantage'));
          for (let i = 0; i < n; i++) {
            const wanted = expected(of, k, i);
            expect([...found.index.subarray(i * k, i * k + k)]).toEqual(wanted.map((w) => w.index));
            expect([...found.squared.subarray(i * k, i * k + k)]).toEqual(
              wanted.map((w) => w.squared),
            );
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  test('must be fewer than the points', () => {
    expect(() =>
      nearestNeighbours(
        points(5, 2, () => 0),
        5,
        Stream.named(1),
      ),
    ).toThrow('1 to 4');
  });
});

describe('the affinities', () => {
  const stream = Stream.named(3, 'points');
  const of = points(150, 6, () => stream.normal());
  const neighbours = nearestNeighbours(of, 45, Stream.named(1));

  test('have the wanted perplexity in every row', () => {
    const p = conditional(neighbours, 15);
    for (let i = 0; i < of.n; i++) {
      const row = p.subarray(i * 45, i * 45 + 45);
      const entropy = row.reduce(
        (sum, value) => sum - (value > 0 ? value * Math.log(value) : 0),
        0,
      );
      expect(row.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
      expect(Math.exp(entropy)).toBeCloseTo(15, 7);
    }
  });

  test('agree with scikit-learn 1.9.1 (_binary_search_perplexity) to the float32 that it reports', () => {
    const rows = [
      [4, 7, -8], [-5, -5, -1], [1, -4, -2], [4, -7, -2], [-1, 6, -3], [5, 0, 1],
      [8, -3, 7], [7, -8, -5], [6, -1, -8], [-7, 1, -8], [2, -5, 3], [-6, -8, -8],
    ]; // prettier-ignore
    const small: Points = { n: 12, d: 3, values: Float32Array.from(rows.flat()) };
    const all = nearestNeighbours(small, 11, Stream.named(1));
    const p = conditional(all, 3);
    const first = new Map([...all.index.subarray(0, 11)].map((j, at) => [j, p[at] as number]));
    const oracle = [0.001051, 0.021704, 0.003412, 0.545295, 0.057897, 0.000161, 0.002507, 0.33858, 0.027933, 0.001209, 0.000252]; // prettier-ignore
    for (const [i, value] of oracle.entries()) {
      expect(Math.abs((first.get(ORACLE_COLUMNS[i] as number) as number) - value)).toBeLessThan(
        2e-5,
      );
    }
  });

  test('are symmetric and sum to 1', () => {
    const { n, starts, columns, values } = symmetric(neighbours, conditional(neighbours, 15));
    const dense = new Map<string, number>();
    for (let i = 0; i < n; i++) {
      for (let at = starts[i] as number; at < (starts[i + 1] as number); at++) {
        dense.set(`${i},${columns[at]}`, values[at] as number);
      }
    }
    for (const [place, value] of dense) {
      const [i, j] = place.split(',');
      expect(dense.get(`${j},${i}`)).toBe(value);
    }
    expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 12);
  });

  test('are even where all points are at one place', () => {
    const same = nearestNeighbours(
      points(20, 3, () => 1),
      9,
      Stream.named(1),
    );
    for (const value of conditional(same, 3)) expect(value).toBeCloseTo(1 / 9, 12);
  });
});

/** The columns of the oracle's first row but its own. */
const ORACLE_COLUMNS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];
