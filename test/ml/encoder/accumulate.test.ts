// A batch that goes through in parts is the batch.
import { expect, test, vi } from 'vitest';
import { openBackend } from '../../../src/ml/backend/open.ts';
import type { BackendName } from '../../../src/ml/backend/open.ts';
import { initialWeights } from '../../../src/ml/encoder/init.ts';
import { createLearner } from '../../../src/ml/train/encoder-learner.ts';
import type { LearnerSettings } from '../../../src/ml/train/encoder-learner.ts';
import { splitBatch } from '../../../src/ml/train/gather.ts';
import { asFitsOn, BACKENDS } from '../../golden/backends.ts';
import { largestDifference } from '../../golden/padded.ts';
import { raggedBatch, SMALL } from '../backend/batches.ts';

// A backend may be played by a program, and a machine may be busy.
vi.setConfig({ testTimeout: 600_000 });

const heads = [
  { task: 'rte', classes: 2 },
  { task: 'stsb', classes: 1 },
];

async function open(backend: BackendName, dropout = 0) {
  return createLearner(await openBackend(backend), settings(backend, dropout));
}

function settings(backend: BackendName, dropout: number): LearnerSettings {
  // A layer less is half of the time.
  const config = asFitsOn(backend, SMALL, { ...SMALL, layers: 1 });
  return {
    config,
    weights: initialWeights(config, { heads, discriminator: 2 }, 1),
    heads,
    pooling: 'cls',
    dropout,
    optimiser: { beta1: 0.9, beta2: 0.999, eps: 1e-4, clip: 1, weightDecay: 0.01, unused: 'zero' },
  };
}

async function trained(backend: BackendName, accumulate: number, dropout = 0, steps = 6) {
  const learner = await open(backend, dropout);
  const seen: number[] = [];
  for (let t = 0; t < steps; t++) {
    const { task, classes } = heads[t % 2] as (typeof heads)[number];
    const batch = raggedBatch(t, { task: task as 'rte' | 'stsb', classes, rows: 7 });
    const discriminator = { kind: 'bce', posWeight: Float32Array.of(1, 3) } as const;
    const step = { lr: 1e-3, dropoutSeed: t, discriminator, accumulate };
    const losses = await learner.step(batch, step);
    seen.push(losses.task, losses.discriminator, losses.gradientNorm);
  }
  return { seen, weights: await learner.weights() };
}

test.each(
  BACKENDS.flatMap((name) => asFitsOn(name, [2, 3, 100], [3]).map((parts) => [name, parts] as const)), // prettier-ignore
)('on %s in %i parts: the same losses, norm and weights', async (backend, parts) => {
  const steps = asFitsOn(backend, 6, 2);
  const whole = await trained(backend, 1, 0, steps);
  const split = await trained(backend, parts, 0, steps);
  expect(largestDifference(split.seen, whole.seen)).toBeLessThan(2e-5);
  for (const [name, { data }] of whole.weights) {
    const other = split.weights.get(name)?.data as Float32Array;
    expect([name, largestDifference(other, data) < 2e-5]).toEqual([name, true]);
  }
});

test.each(BACKENDS)('on %s nothing is held beyond the step', async (name) => {
  const backend = await openBackend(name);
  const learner = createLearner(backend, settings(name, 0));
  const held: number[] = [];
  for (let t = 0; t < asFitsOn(name, 4, 3); t++) {
    const step = { lr: 1e-3, dropoutSeed: t, accumulate: asFitsOn(name, 3, 2) };
    await learner.step(raggedBatch(1, { rows: 7 }), step);
    held.push(backend.held);
  }
  expect(new Set(held.slice(1)).size).toBe(1);
});

test('the parts drop different elements, the same in every repetition', async () => {
  const [first, again, whole] = [await trained('wasm', 3, 0.2), await trained('wasm', 3, 0.2), await trained('wasm', 1, 0.2)]; // prettier-ignore
  expect(first.seen).toEqual(again.seen);
  expect(first.seen[0]).not.toBe(whole.seen[0]);
});

test('a split keeps every row once and in order', () => {
  const batch = raggedBatch(4, { rows: 7 });
  const parts = splitBatch(batch, 3);
  expect(parts.map(({ labels }) => labels.length)).toEqual([2, 2, 3]);
  expect(parts.flatMap(({ ids }) => [...ids])).toEqual([...batch.ids]);
  expect(parts.flatMap(({ labels }) => [...labels])).toEqual([...batch.labels]);
  expect(parts.flatMap(({ firstLength }) => [...firstLength])).toEqual([...batch.firstLength]);
  for (const { offsets, ids } of parts) expect([offsets[0], offsets.at(-1)]).toEqual([0, ids.length]); // prettier-ignore
  expect(splitBatch(batch, 1)).toEqual([batch]);
  expect(splitBatch(batch, 50)).toHaveLength(7);
});

test('the parts of a batch have dropout masks of their own', async () => {
  const row = splitBatch(raggedBatch(3, { rows: 2 }), 2)[0] as ReturnType<typeof raggedBatch>;
  const tokens = row.ids.length;
  const twice = {
    ...row,
    ids: Int32Array.from([...row.ids, ...row.ids]),
    offsets: Uint32Array.of(0, tokens, 2 * tokens),
    firstLength: Uint16Array.from([...row.firstLength, ...row.firstLength]),
    labels: Float32Array.from([...row.labels, ...row.labels]),
  };
  const lossOf = async (batch: typeof row, accumulate: number, dropout: number) =>
    (await (await open('wasm', dropout)).step(batch, { lr: 0, dropoutSeed: 5, accumulate })).task;
  expect(await lossOf(twice, 2, 0)).toBeCloseTo(await lossOf(row, 1, 0), 6);
  const apart = Math.abs((await lossOf(twice, 2, 0.5)) - (await lossOf(row, 1, 0.5)));
  expect(apart).toBeGreaterThan(1e-3);
});
