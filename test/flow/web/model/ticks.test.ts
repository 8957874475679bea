import { expect, test } from 'vitest';
import { timeTicks, valueTicks } from '../../../../src/flow/web/model/ticks.ts';

const texts = (ticks: readonly { readonly text: string }[]) => ticks.map(({ text }) => text);

test.each([
  [430, ['0 ms', '100 ms', '200 ms', '300 ms', '400 ms']],
  [3600, ['0 s', '0.5 s', '1 s', '1.5 s', '2 s', '2.5 s', '3 s', '3.5 s']],
  [8000, ['0 s', '1 s', '2 s', '3 s', '4 s', '5 s', '6 s', '7 s', '8 s']],
  [55_600, ['0 s', '10 s', '20 s', '30 s', '40 s', '50 s']],
  [150_000, ['0 s', '30 s', '60 s', '90 s', '120 s', '150 s']],
  [40 * 60_000, ['0 min', '5 min', '10 min', '15 min', '20 min', '25 min', '30 min', '35 min', '40 min']], // prettier-ignore
  [20 * 3_600_000, ['0 h', '3 h', '6 h', '9 h', '12 h', '15 h', '18 h']],
  [30 * 86_400_000, ['0 d', '5 d', '10 d', '15 d', '20 d', '25 d', '30 d']],
])('a span of %d ms has round times in one unit', (span, expected) => {
  expect(texts(timeTicks(span))).toEqual(expected);
});

test.each([
  [0.723, 0.752, ['0.73', '0.74', '0.75']],
  [2, 8, ['2', '4', '6', '8']],
  [0.4, 0.6, ['0.4', '0.5', '0.6']],
  [0.1, 0.7, ['0.2', '0.4', '0.6']],
  [-0.6, -0.3, ['-0.6', '-0.5', '-0.4', '-0.3']],
  [0.7321, 0.7332, ['0.7325', '0.7330']],
  [-1, 1, ['-1', '0', '1']],
  [1.31e-7, 4.4e-7, ['2e-7', '3e-7', '4e-7']],
  [12_000, 310_000, ['1e+5', '2e+5', '3e+5']],
  [0, 1.2, ['0.0', '0.5', '1.0']],
])('values from %d to %d have round ticks that differ', (low, high, expected) => {
  expect(texts(valueTicks(low, high))).toEqual(expected);
});

test.each([
  [-1.7e308, 1.7e308],
  [1e308, 1.7e308],
  [0.1, 0.1 + 2 ** -54],
  [5e-324, 1e-323],
])('the range from %d to %d ends with finite ticks', (low, high) => {
  const ticks = valueTicks(low, high);
  expect(ticks.every(({ at, text }) => Number.isFinite(at) && text !== '')).toBe(true);
});
