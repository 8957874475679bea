// What 16-bit weights on disk do to a model's answers: the stated tolerances.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBackend } from '../../../src/ml/backend/open.ts';
import { initialWeights } from '../../../src/ml/encoder/init.ts';
import { openLearner } from '../../../src/ml/experiment/learner.ts';
import { readModel, writeModel } from '../../../src/ml/experiment/model.ts';
import type { Model } from '../../../src/ml/experiment/model.ts';
import { largestDifference } from '../../golden/padded.ts';
import { raggedBatch, SMALL } from '../backend/batches.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'half-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const model: Model = {
  config: SMALL,
  weights: initialWeights(SMALL, { heads: [{ task: 'rte', classes: 2 }], discriminator: 0 }, 1),
  heads: ['rte'],
  discriminator: [],
  pooling: 'cls',
  dropout: 0,
  dtype: 'float32',
  labelScale: {},
};

async function pooled(dtype: Model['dtype']): Promise<Float32Array> {
  const folder = path.join(root, dtype);
  writeModel(folder, { ...model, dtype }, root);
  const learner = openLearner(await openBackend('wasm'), readModel(folder));
  return learner.pool(raggedBatch(1, { rows: 40 }));
}

test.each([
  ['float16', 4e-3],
  ['bfloat16', 3e-2],
] as const)('%s moves the pooled vector, from -1 to 1, by less than %d', async (dtype, limit) => {
  const moved = largestDifference(await pooled(dtype), await pooled('float32'));
  expect(moved).toBeLessThan(limit);
  expect(moved).toBeGreaterThan(limit / 100);
});
