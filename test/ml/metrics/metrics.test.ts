import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accuracy, f1, matthews, pearson, spearman } from '../../../src/ml/metrics/metrics.ts';
import { averageRanks } from '../../../src/ml/metrics/ranks.ts';

test('two binary metrics by hand: 2 hits, 1 false alarm, 1 miss, 2 right rejections', () => {
  const predictions = [1, 1, 1, 0, 0, 0];
  const labels = [1, 1, 0, 1, 0, 0];
  expect(accuracy(predictions, labels)).toBe(4 / 6);
  expect(f1(predictions, labels)).toBe(4 / 6);
  expect(matthews(predictions, labels)).toBeCloseTo((2 * 2 - 1 * 1) / 9, 12);
});

test('typed arrays of one side and lists of the other are the same to a metric', () => {
  expect(accuracy(Float32Array.of(1, 0), [1, 1])).toBe(0.5);
  expect(pearson(Float32Array.of(1, 2, 3), [2, 4, 6])).toBeCloseTo(1, 12);
});

test('without a defined value there is NaN, never a number', () => {
  expect(pearson([1], [1])).toBeNaN();
  expect(spearman([1, 1, 1], [1, 2, 3])).toBeNaN();
  expect(pearson([1, Number.NaN], [1, 2])).toBeNaN();
  expect(accuracy([], [])).toBeNaN();
});

test('sides of different lengths are a mistake of the caller', () => {
  expect(() => accuracy([1], [1, 0])).toThrow('1 predictions for 2 labels');
});

test('ranks of equal values are the mean of their places', () => {
  expect([...averageRanks([10, 5, 10, -0, 0])]).toEqual([4.5, 3, 4.5, 1.5, 1.5]);
  expect([...averageRanks([Infinity, Infinity, -Infinity])]).toEqual([2.5, 2.5, 1]);
});

const pairs = fc.array(
  fc.tuple(fc.integer({ min: -50, max: 50 }), fc.integer({ min: -50, max: 50 })),
  { minLength: 3, maxLength: 30 },
);
const split = (rows: [number, number][]) => [rows.map(([a]) => a), rows.map(([, b]) => b)] as const;

test('a correlation has no direction, and no unit', () => {
  fc.assert(
    fc.property(pairs, (rows) => {
      const [a, b] = split(rows);
      const value = pearson(a, b);
      const others = [pearson(b, a), pearson(a.map((x) => 3 * x + 7), b)]; // prettier-ignore
      // A constant has no correlation.
      if (Number.isNaN(value)) {
        expect(others).toEqual([NaN, NaN]);
        return;
      }
      for (const other of others) expect(other).toBeCloseTo(value, 10);
      expect(Math.abs(value)).toBeLessThanOrEqual(1);
    }),
  );
});

test('a rank correlation sees the order alone', () => {
  fc.assert(
    fc.property(pairs, (rows) => {
      const [a, b] = split(rows);
      const value = spearman(a, b);
      const cubes = spearman(a.map((x) => x ** 3), b); // prettier-ignore
      // A constant has no correlation.
      if (Number.isNaN(value)) expect(cubes).toBeNaN();
      else expect(cubes).toBeCloseTo(value, 12);
    }),
  );
});
