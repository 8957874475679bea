// What the stages train with: the reference values hold the optimiser's formula, not its settings here.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBackend } from '../../../src/ml/backend/open.ts';
import { initialWeights } from '../../../src/ml/encoder/init.ts';
import { openLearner, openProbedBackend } from '../../../src/ml/experiment/learner.ts';
import type { PhaseOptimiser } from '../../../src/ml/experiment/settings.ts';
import type { Weights } from '../../../src/ml/encoder/weights.ts';
import { raggedBatch, SMALL } from '../backend/batches.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'learner-'));
});
afterAll(() => rmSync(root, { recursive: true }));

async function open(settings?: PhaseOptimiser) {
  const heads = [{ task: 'rte', classes: 2 }, { task: 'stsb', classes: 1 }]; // prettier-ignore
  const weights = initialWeights(SMALL, { heads, discriminator: 0 }, 1);
  const backend = await openBackend('wasm');
  return openLearner(backend, { config: SMALL, weights, heads: ['rte', 'stsb'], discriminator: [], pooling: 'cls', dropout: 0, dtype: 'float32', labelScale: {} }, settings); // prettier-ignore
}

const RTE = raggedBatch(1);
const STSB = raggedBatch(2, { task: 'stsb', classes: 1 });
const HEAD = 'classifier_dict.rte.weight';
const at = (lr: number) => ({ lr, dropoutSeed: 0 });

function norm(tensors: Weights, prefix: string): number {
  let squares = 0;
  for (const [name, { data }] of tensors) {
    if (name.startsWith(prefix)) squares += data.reduce((sum, x) => sum + x * x, 0);
  }
  return Math.sqrt(squares);
}

test('a head rests until its first batch, and then moves on by momentum, as in the original', async () => {
  const learner = await open();
  const head = async () => (await learner.weights()).get(HEAD)?.data;
  const first = await head();
  await learner.step(STSB, at(1e-2));
  expect(await head()).toEqual(first);
  await learner.step(RTE, at(1e-2));
  const used = await head();
  await learner.step(STSB, at(1e-2));
  expect(await head()).not.toEqual(used);
});

test('gradients are clipped at 1, all together', async () => {
  const learner = await open();
  const far = { ...STSB, labels: STSB.labels.map(() => 50) };
  const { gradientNorm } = (await learner.step(far, at(0))) as unknown as { gradientNorm: number };
  expect(gradientNorm).toBeGreaterThan(2);
  // The first moments are the gradients times 1 - 0.9.
  expect(norm((await learner.state()).tensors, 'optimiser.first.')).toBeCloseTo(0.1, 5);
});

test('nothing decays: a row of the word table that no batch has stays as it is', async () => {
  const learner = await open();
  const row = async () => (await learner.weights()).get('bert.embeddings.word_embeddings.weight')?.data.slice(29 * 16); // prettier-ignore
  const without = { ...RTE, ids: RTE.ids.map((id) => Math.min(id, 28)) };
  const before = await row();
  await learner.step(without, at(1e-2));
  expect(await row()).toEqual(before);
});

test('weight decay, betas and clipping of a phase reach the optimiser', async () => {
  const settings = { beta1: 0.8, beta2: 0.99, clip: Infinity, weightDecay: 0.5 };
  const learner = await open(settings);
  const far = { ...STSB, labels: STSB.labels.map(() => 50) };
  const word = async () => (await learner.weights()).get('bert.embeddings.word_embeddings.weight')?.data[29 * 16] ?? NaN; // prettier-ignore
  const before = await word();
  const { gradientNorm = NaN } = await learner.step({ ...far, ids: far.ids.map((id) => Math.min(id, 28)) }, at(1e-2)); // prettier-ignore
  expect(norm((await learner.state()).tensors, 'optimiser.first.')).toBeCloseTo(0.2 * gradientNorm, 3); // prettier-ignore
  expect(await word()).toBeCloseTo(before * (1 - 1e-2 * 0.5), 6);
});

test('a backend that is not the one that was probed is refused, for results belong to its key', async () => {
  const { facts } = await openBackend('wasm');
  const file = path.join(root, 'backend.json');
  writeFileSync(file, JSON.stringify(facts));
  expect((await openProbedBackend(file)).facts).toEqual(facts);
  for (const name of ['library', 'kernels', 'simd', 'threads'] as const) {
    writeFileSync(file, JSON.stringify({ ...facts, [name]: 'other' }));
    await expect(openProbedBackend(file)).rejects.toThrow(`the probe found the backend 'wasm' with ${name} other, here it is ${facts[name]}: probe again`); // prettier-ignore
  }
});
