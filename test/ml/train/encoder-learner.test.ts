import { expect, test, vi } from 'vitest';
import { initialWeights } from '../../../src/ml/encoder/init.ts';
import type { LearnerSettings } from '../../../src/ml/train/encoder-learner.ts';
import type { Tensor } from '../../../src/ml/encoder/weights.ts';
import { Deviations, largestDifference } from '../../golden/padded.ts';
import { raggedBatch, SMALL } from '../backend/batches.ts';
import { heads, openOn, settings, steps } from '../encoder/learners.ts';
import type { Learner } from '../encoder/learners.ts';

// A backend may be played by a program, and a machine may be busy.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const TWO_LAYERS = settings(SMALL);

/** Heads of 6, a feed-forward of 10: neither fills vectors or tiles. */
const ODD = settings({ ...SMALL, hiddenSize: 12, heads: 2, ffnSize: 10, vocabSize: 31, positions: 13 }); // prettier-ignore

const open = (changes: Partial<LearnerSettings> = {}) => openOn('wasm', changes);

test.each([
  ['round', TWO_LAYERS],
  ['odd', ODD],
])('the kernels and TensorFlow.js come to the same values, sizes %s', async (_, of) => {
  const [whole, other] = [await openOn('cpu', of), await openOn('wasm', of)];
  await steps(whole, 0, 4);
  await steps(other, 0, 4);
  const off = new Deviations();
  const expected = await whole.weights();
  for (const [name, { data }] of await other.weights()) {
    if (name.endsWith('key.bias')) continue;
    off.check(name, largestDifference(data, expected.get(name)?.data ?? []), 2e-5);
  }
  expect(off.found).toEqual([]);
});

/** The embeddings of the first two words. */
async function words(learner: Learner): Promise<Float32Array> {
  const table = (await learner.weights()).get('bert.embeddings.word_embeddings.weight');
  return (table as Tensor).data.slice(0, 32);
}

test('a RoBERTa has one segment, and trains the token that is padding to a BERT', async () => {
  const config = { ...SMALL, family: 'roberta', padding: 1, segments: 1 } as const;
  const weights = new Map(initialWeights(SMALL, { heads, discriminator: 3 }, 1));
  const table = 'bert.embeddings.token_type_embeddings.weight';
  const segments = weights.get(table)?.data.subarray(0, 16) as Float32Array;
  const [bert, roberta] = [
    await open({ weights: new Map(weights), dropout: 0 }),
    await open({ config, weights: weights.set(table, { shape: [1, 16], data: segments }), dropout: 0 }), // prettier-ignore
  ];
  const pairs = { ...raggedBatch(1), firstLength: new Uint16Array(6) };
  pairs.ids.set([0, 1, 0, 1]);
  const lengths = Uint16Array.from(pairs.firstLength, (_, r) => (pairs.offsets[r + 1] as number) - (pairs.offsets[r] as number)); // prettier-ignore
  expect(await roberta.pool(pairs)).toEqual(await bert.pool({ ...pairs, firstLength: lengths }));

  const moved = async (learner: Learner, decay: number) => {
    const before = await words(learner);
    await learner.step(pairs, { lr: 0.1, dropoutSeed: 1 });
    const after = await words(learner);
    // What weight decay alone leaves of a row.
    const still = (row: number) => [...after].slice(16 * row, 16 * row + 16).every((x, i) => Math.abs(x - decay * (before[16 * row + i] as number)) < 1e-7); // prettier-ignore
    return [!still(0), !still(1)];
  };
  expect(await moved(roberta, 1 - 0.1 * 0.01)).toEqual([true, false]);
  expect(await moved(bert, 1 - 0.1 * 0.01)).toEqual([false, true]);
});

test('what a row gives does not depend on the rows beside it', async () => {
  const learner = await open();
  const batch = raggedBatch(4, { rows: 11 });
  const together = await learner.logits(batch);
  for (let r = 0; r < 11; r++) {
    const [begin, end] = [batch.offsets[r] as number, batch.offsets[r + 1] as number];
    const alone = await learner.logits({
      task: batch.task,
      ids: batch.ids.slice(begin, end),
      offsets: Uint32Array.of(0, end - begin),
      firstLength: batch.firstLength.slice(r, r + 1),
      labels: batch.labels.slice(r, r + 1),
    });
    expect(alone).toEqual(together.slice(2 * r, 2 * r + 2));
  }
});

test('a batch beyond the model is refused', async () => {
  const learner = await open();
  const batch = raggedBatch(1);
  await expect(learner.logits({ ...batch, ids: batch.ids.map(() => 30) })).rejects.toThrow(
    "token id 30: the model's vocabulary has 30",
  );
  const long = { ...batch, ids: new Int32Array(17), offsets: Uint32Array.of(0, 17) };
  await expect(learner.logits(long)).rejects.toThrow('a row of 17 tokens: the model has 16');
  const unlabelled = { ...batch, labels: batch.labels.map(() => NaN) };
  await expect(learner.step(unlabelled, { lr: 0, dropoutSeed: 0 })).rejects.toThrow(
    'label NaN is not one of 2 classes',
  );
  await expect(learner.logits({ ...batch, task: 'qqp' })).rejects.toThrow("no head for task 'qqp'");
});
