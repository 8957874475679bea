import { expect, test } from 'vitest';
import { accuracy, f1, matthews, pearson, spearman } from '../../src/ml/metrics/metrics.ts';
import { readJson } from './padded.ts';
import { golden, lacks } from './reference.ts';

interface Case {
  readonly name: string;
  readonly labels: readonly (number | string)[];
  readonly predictions: readonly (number | string)[];
  readonly expect: Readonly<
    Record<string, { readonly value?: number | string; readonly error?: string }>
  >;
}

const file = golden('metrics.json');
const METRICS = { accuracy, f1, matthews, pearson, spearman };

function check(
  kind: 'classification' | 'regression',
  names: readonly (keyof typeof METRICS)[],
): number {
  const cases = readJson<Record<typeof kind, Case[]>>(file)[kind];
  let compared = 0;
  for (const { name, labels, predictions, expect: expected } of cases) {
    const tolerance = /large offset|nearly constant/.test(name) ? 1e-6 : 1e-12;
    for (const metric of names) {
      const reference = expected[metric];
      if (reference === undefined) continue; // f1 of three classes
      const found = METRICS[metric](predictions.map(Number), labels.map(Number));
      // Without two rows scipy's pearsonr raises; ours is NaN, as its spearmanr.
      const wanted = reference.error === undefined ? Number(reference.value) : Number.NaN;
      const right = Number.isNaN(wanted)
        ? Number.isNaN(found)
        : Math.abs(found - wanted) <= tolerance;
      expect({ name, metric, found: right ? wanted : found }).toEqual({
        name,
        metric,
        found: wanted,
      });
      compared += 1;
    }
  }
  expect(compared).toBeGreaterThanOrEqual(cases.length);
  return compared;
}

test.skipIf(lacks(file))("accuracy, F1 and Matthews are scikit-learn's", () => {
  expect(check('classification', ['accuracy', 'f1', 'matthews'])).toBeGreaterThan(0);
});

test.skipIf(lacks(file))("Pearson and Spearman are scipy's", () => {
  expect(check('regression', ['pearson', 'spearman'])).toBeGreaterThan(0);
});
