import { expect, test } from 'vitest';
import { completeWeights, initialWeights } from '../../../src/ml/encoder/init.ts';
import { SMALL } from '../backend/batches.ts';

type Tensor = { readonly shape: readonly number[]; readonly data: Float32Array };

const heads = [
  { task: 'rte', classes: 2 },
  { task: 'stsb', classes: 1 },
];
const settings = { heads, discriminator: 2, matrixRange: 0.1 };

function deviation(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);
}

test('a seed gives the same weights again, another seed others', () => {
  expect(initialWeights(SMALL, settings, 7)).toEqual(initialWeights(SMALL, settings, 7));
  expect(initialWeights(SMALL, settings, 7)).not.toEqual(initialWeights(SMALL, settings, 8));
});

test('names, shapes and spread are those of BERT', () => {
  const config = { ...SMALL, vocabSize: 500, initializerRange: 0.02 };
  const weights = initialWeights(config, settings, 1);
  expect(weights.size).toBe(5 + 2 * 16 + 2 + 4 + 2);
  const word = weights.get('bert.embeddings.word_embeddings.weight') as Tensor;
  expect(word.shape).toEqual([500, 16]);
  expect(deviation(word.data.subarray(16))).toBeCloseTo(0.02, 3);
  expect([...word.data.subarray(0, 16)].every((x) => x === 0)).toBe(true);
  const wide = weights.get('bert.encoder.layer.1.intermediate.dense.weight');
  expect(wide?.shape).toEqual([24, 16]);
  expect(deviation(wide?.data as Float32Array)).toBeCloseTo(0.1, 1);
  expect(weights.get('bert.encoder.layer.0.output.dense.bias')?.data).toEqual(new Float32Array(16));
  expect(weights.get('bert.embeddings.LayerNorm.weight')?.data).toEqual(
    new Float32Array(16).fill(1),
  );
  expect(weights.get('task_discriminator.weight')?.shape).toEqual([2, 16]);
});

test('another head or a deeper encoder changes no other tensor', () => {
  const few = initialWeights(SMALL, { heads: heads.slice(0, 1), discriminator: 0 }, 3);
  const many = initialWeights({ ...SMALL, layers: 3 }, { heads, discriminator: 2 }, 3);
  for (const [name, tensor] of few) expect([name, many.get(name)]).toEqual([name, tensor]);
});

test('a checkpoint without pooler and heads is completed, and what was added is named', () => {
  const all = initialWeights(SMALL, settings, 1);
  const bare = new Map([...all].filter(([name]) => /embeddings|encoder/.test(name)));
  bare.set('classifier_dict.mnli.weight', { shape: [3, 16], data: new Float32Array(48) });
  const { weights, fresh } = completeWeights(bare, SMALL, settings, 2);
  expect([...weights.keys()].sort()).toEqual([...all.keys()].sort());
  expect(fresh).toContain('bert.pooler.dense.weight');
  expect(fresh).toContain('classifier_dict.stsb.bias');
  expect(fresh.length).toBe(8);
  const drawn = initialWeights(SMALL, settings, 2);
  for (const name of fresh) expect([name, weights.get(name)]).toEqual([name, drawn.get(name)]);
  const name = 'bert.encoder.layer.1.output.dense.weight';
  expect(weights.get(name)).toBe(all.get(name));
});

test('a checkpoint that lacks a layer, or has another shape, is refused by name', () => {
  const all = initialWeights(SMALL, settings, 1);
  expect(() => completeWeights(all, { ...SMALL, layers: 3 }, settings, 1)).toThrow(
    "no tensor 'bert.encoder.layer.2.attention.self.query.weight'",
  );
  expect(() => completeWeights(all, { ...SMALL, vocabSize: 31 }, settings, 1)).toThrow(
    "tensor 'bert.embeddings.word_embeddings.weight' is [30, 16], the model's is [31, 16]",
  );
});
