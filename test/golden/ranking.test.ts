import { expect, test } from 'vitest';
import { averageRanks } from '../../src/ml/metrics/ranks.ts';
import { bestFirst } from '../../src/ml/select/select.ts';
import { readJson } from './padded.ts';
import { golden, lacks } from './reference.ts';

interface Case {
  readonly name: string;
  readonly scores: readonly (number | string)[];
  readonly rank: readonly number[];
  readonly selected_exact_stable: Readonly<Record<string, readonly number[]>>;
}

const file = golden('ranking.json');

test.skipIf(lacks(file))('the N best are those of a stable sort, ties by position', () => {
  const { cases } = readJson<{ readonly cases: readonly Case[] }>(file);
  expect(cases.length).toBeGreaterThan(0);
  for (const { name, scores, selected_exact_stable: selected } of cases) {
    const order = bestFirst(scores.map(Number));
    for (const [n, rows] of Object.entries(selected)) {
      const found = [...order.subarray(0, Number(n))].sort((a, b) => a - b);
      expect({ name, n, found }).toEqual({ name, n, found: rows });
    }
  }
});

test.skipIf(lacks(file))("ranks are scipy's, ties averaged", () => {
  const { cases } = readJson<{ readonly cases: readonly Case[] }>(file);
  for (const { name, scores, rank } of cases) {
    const found = [...averageRanks(scores.map((score) => -Number(score)))];
    expect({ name, found }).toEqual({ name, found: rank });
  }
});
