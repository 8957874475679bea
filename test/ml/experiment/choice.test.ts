import { describe, expect, test } from 'vitest';
import { bestEpoch, choiceValue, score } from '../../../src/ml/experiment/choice.ts';

const epochs = (...values: readonly number[]) => values.map((accuracy) => ({ accuracy }));

describe('the chosen epoch', () => {
  test('has the largest product of the metrics', () => {
    expect(choiceValue({ f1: 0.5, accuracy: 0.8 })).toBe(0.4);
    expect(bestEpoch([{ f1: 0.9, accuracy: 0.5 }, { f1: 0.7, accuracy: 0.7 }])).toBe(1); // prettier-ignore
  });

  test('is the earliest of equals', () => {
    expect(bestEpoch(epochs(0.5, 0.7, 0.7, 0.6))).toBe(1);
  });

  test('counts NaN and negative metrics as 0', () => {
    expect(choiceValue({ pearson: -0.9, spearman: -0.9 })).toBe(0);
    expect(bestEpoch(epochs(NaN, 0.1))).toBe(1);
    expect(bestEpoch(epochs(NaN, -1, 0))).toBe(0);
  });

  test('is of at least one', () => {
    expect(() => bestEpoch([])).toThrow('no epoch');
  });
});

test('the score is the metric that the task names', () => {
  const stsb = { metrics: ['pearson', 'spearman'], score: 'pearson' } as const;
  expect(score(stsb, { pearson: 0.3, spearman: 0.4 })).toBe(0.3);
  expect(score({ ...stsb, score: 'spearman' }, { pearson: 0.3, spearman: 0.4 })).toBe(0.4);
  expect(score(stsb, { pearson: -0.1 })).toBe(-0.1);
  expect(score(stsb, { pearson: NaN, spearman: NaN })).toBe(0);
  expect(() => score(stsb, {})).toThrow("there is no metric 'pearson'");
});
