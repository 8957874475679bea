import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Answered } from '../../../src/ml/experiment/predictions.ts';
import { writePredictions } from '../../../src/ml/experiment/predictions.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'predictions-'));
});
afterAll(() => rmSync(root, { recursive: true }));
const written = (
  answers: Parameters<typeof writePredictions>[1],
  of: Omit<Answered, 'ids'>,
  ids: readonly string[] = ['x', 'y'],
) => {
  const file = path.join(root, 'dev.tsv');
  writePredictions(file, answers, { ids, ...of });
  return readFileSync(file, 'utf8');
};

test('classes are told by name, and the label is empty where there is none', () => {
  const names = ['entailment', 'not_entailment'];
  const logits = Float32Array.of(0.1, -2, 3, 4.5);
  const answers = { task: 'rte', logits, width: 2, predictions: Float32Array.of(0, 1) } as const;
  expect(written(answers, { labels: Float32Array.of(1, NaN), names })).toBe(
    'row\tid\tprediction\tlogit_entailment\tlogit_not_entailment\tlabel\n' +
      '0\tx\tentailment\t0.100000001\t-2\tnot_entailment\n' +
      '1\ty\tnot_entailment\t3\t4.5\t\n',
  );
});

test('scores stand in the scale of the labels, as they came', () => {
  const answers = {
    task: 'stsb',
    logits: Float32Array.of(1.25, -0.5),
    width: 1,
    predictions: Float32Array.of(6.25, -2.5),
  } as const;
  expect(written(answers, { labels: Float32Array.of(3.8, 0), names: null })).toBe(
    'row\tid\tprediction\tlogit\tlabel\n0\tx\t6.25\t1.25\t3.79999995\n1\ty\t-2.5\t-0.5\t0\n',
  );
});

test('answers to other rows than the ids have are refused', () => {
  const answers = { task: 'stsb', logits: Float32Array.of(1), width: 1, predictions: Float32Array.of(1) } as const; // prettier-ignore
  const of = { labels: Float32Array.of(1), names: null };
  expect(() => written(answers, of)).toThrow('1 answers to 2 rows');
});
