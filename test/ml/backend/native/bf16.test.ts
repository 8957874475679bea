// Products in bfloat16 against products in float32: 8 bits of mantissa, so 4e-3 a product.
import { expect, test, vi } from 'vitest';
import type { Precision } from '../../../../src/ml/backend/backend.ts';
import { openBackend } from '../../../../src/ml/backend/open.ts';
import { initialWeights } from '../../../../src/ml/encoder/init.ts';
import { createLearner } from '../../../../src/ml/train/encoder-learner.ts';
import { largestDifference } from '../../../golden/padded.ts';
import { raggedBatch, SMALL } from '../batches.ts';

vi.setConfig({ testTimeout: 120_000 });

const CONFIG = { ...SMALL, hiddenSize: 32, ffnSize: 64, initializerRange: 0.1 };
const opened = await openBackend('tensorflow', 'bf16').catch((error: Error) => error.message);
const here = typeof opened !== 'string';
if (!here) process.stderr.write(`bf16 is not tested: ${opened.split('\n')[0]}\n`);

async function learner(precision: Precision) {
  const heads = [{ task: 'rte', classes: 2 }] as const;
  return createLearner(await openBackend('tensorflow', precision), {
    config: CONFIG,
    weights: initialWeights(CONFIG, { heads, discriminator: 0 }, 1),
    heads,
    pooling: 'cls',
    dropout: 0,
    optimiser: { beta1: 0.9, beta2: 0.999, eps: 1e-8, clip: 1, weightDecay: 0, unused: 'zero' },
  });
}

/** Losses of steps on one batch. */
async function losses(precision: Precision, steps: number): Promise<readonly number[]> {
  const model = await learner(precision);
  const seen: number[] = [];
  for (let t = 0; t < steps; t++) {
    seen.push((await model.step(raggedBatch(1), { lr: 3e-3, dropoutSeed: t })).task);
  }
  return seen;
}

test.skipIf(!here)('outputs in bf16 are close to those in fp32, and not the same', async () => {
  const [half, full] = [await learner('bf16'), await learner('fp32')];
  for (const seed of [1, 2, 3]) {
    const [a, b] = [await half.logits(raggedBatch(seed)), await full.logits(raggedBatch(seed))];
    const difference = largestDifference(a, b);
    expect(difference).toBeLessThan(0.02 * Math.max(...b.map(Math.abs)));
    expect(difference).toBeGreaterThan(0);
  }
});

test.skipIf(!here)(
  'a training in bf16 learns as one in fp32 does, and repeats its bits',
  async () => {
    const [half, full] = [await losses('bf16', 40), await losses('fp32', 40)];
    expect(half[0]).toBeGreaterThan(0.4);
    expect(half.at(-1)).toBeLessThan(0.1);
    expect(largestDifference(half.slice(0, 10), full.slice(0, 10))).toBeLessThan(0.03);
    expect(half).not.toEqual(full);
    expect(await losses('bf16', 40)).toEqual(half);
  },
);

test.skipIf(!here)('weights stay float32', async () => {
  const model = await learner('bf16');
  const before = (await model.weights()).get('bert.pooler.dense.weight')?.data.slice();
  // A change that bfloat16 would round away.
  await model.step(raggedBatch(1), { lr: 1e-7, dropoutSeed: 0 });
  const after = (await model.weights()).get('bert.pooler.dense.weight')?.data;
  expect(after).not.toEqual(before);
  expect(largestDifference(after ?? [], before ?? [NaN])).toBeLessThan(1e-6);
});
