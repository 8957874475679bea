import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writePredictions } from '../../../src/ml/experiment/predictions.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'predictions-'));
});
afterAll(() => rmSync(root, { recursive: true }));
const written = (...of: readonly [Parameters<typeof writePredictions>[1], Float32Array]) => {
  const file = path.join(root, 'dev.tsv');
  writePredictions(file, ...of);
  return readFileSync(file, 'utf8');
};

test('classes are told by name, and the label is empty where there is none', () => {
  const logits = Float32Array.of(0.1, -2, 3, 4.5);
  const answers = { task: 'rte', logits, width: 2, predictions: Float32Array.of(0, 1) } as const;
  expect(written(answers, Float32Array.of(1, NaN))).toBe(
    'row\tprediction\tlogit_entailment\tlogit_not_entailment\tlabel\n' +
      '0\tentailment\t0.100000001\t-2\tnot_entailment\n' +
      '1\tnot_entailment\t3\t4.5\t\n',
  );
});

test('scores stand in the scale of the labels, as they came', () => {
  const answers = {
    task: 'stsb',
    logits: Float32Array.of(1.25, -0.5),
    width: 1,
    predictions: Float32Array.of(6.25, -2.5),
  } as const;
  expect(written(answers, Float32Array.of(3.8, 0))).toBe(
    'row\tprediction\tlogit\tlabel\n0\t6.25\t1.25\t3.79999995\n1\t-2.5\t-0.5\t0\n',
  );
});
