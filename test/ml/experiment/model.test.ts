import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readModel, withHeadOf, writeModel } from '../../../src/ml/experiment/model.ts';
import type { Model } from '../../../src/ml/experiment/model.ts';
import { writeHfFolder } from '../../../src/ml/hf/folder.ts';

let root: string;
let tokenizer: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'model-'));
  tokenizer = path.join(root, 'tokenizer');
  mkdirSync(tokenizer);
  writeFileSync(path.join(tokenizer, 'vocab.txt'), '[PAD]\n');
});
afterAll(() => rmSync(root, { recursive: true }));

const tensor = (...data: readonly number[]) => ({ shape: [data.length], data: Float32Array.from(data) }); // prettier-ignore
const model: Model = {
  config: {
    family: 'bert',
    vocabSize: 3,
    hiddenSize: 2,
    layers: 1,
    heads: 1,
    ffnSize: 2,
    positions: 4,
    segments: 2,
    padding: 0,
    layerNormEps: 1e-12,
    initializerRange: 0.1,
  },
  weights: new Map([
    ['bert.pooler.dense.bias', tensor(1, 2)],
    ['classifier_dict.rte.bias', tensor(3, 4)],
    ['classifier_dict.stsb.bias', tensor(5)],
    ['task_discriminator.bias', tensor(6, 7)],
  ]),
  heads: ['rte', 'stsb'],
  discriminator: ['rte', 'stsb'],
  pooling: 'mean',
  dropout: 0.1,
  dtype: 'float32',
  labelScale: { stsb: 0.2 },
};

test('a model is read back as it was written, with all that answering needs', () => {
  const folder = path.join(root, 'whole');
  writeModel(folder, model, tokenizer);
  expect(readdirSync(folder).sort()).toEqual(['config.json', 'model.safetensors', 'vocab.txt']);
  expect(readModel(folder)).toEqual(model);
});

test('with half the bits the weights are rounded, and a model of such a model has them too', () => {
  const folder = path.join(root, 'half');
  writeModel(folder, { ...model, dtype: 'bfloat16', weights: new Map([['bert.pooler.dense.bias', tensor(1, 0.1)]]) }, tokenizer); // prettier-ignore
  const read = readModel(folder);
  expect(read.dtype).toBe('bfloat16');
  expect(read.weights.get('bert.pooler.dense.bias')?.data).toEqual(Float32Array.of(1, 0.10009765625)); // prettier-ignore
  expect(withHeadOf(read, 'rte').dtype).toBe('bfloat16');
});

const bytes = (name: string) => {
  const folder = path.join(root, name);
  writeModel(folder, model, tokenizer);
  return readdirSync(folder).map((file) => readFileSync(path.join(folder, file), 'hex'));
};

test('the same model gives the same bytes anywhere', () => {
  expect(bytes('here')).toEqual(bytes('there'));
});

test('fine-tuning takes the encoder and one head', () => {
  const one = withHeadOf(model, 'stsb');
  expect([...one.weights.keys()]).toEqual(['bert.pooler.dense.bias', 'classifier_dict.stsb.bias']);
  expect(one).toMatchObject({ heads: ['stsb'], discriminator: [], labelScale: { stsb: 0.2 } });
  expect(() => withHeadOf(model, 'mrpc')).toThrow('no head for mrpc, only for rte, stsb');
});

test('a foreign folder is no model to continue', () => {
  const folder = path.join(root, 'foreign');
  writeHfFolder(folder, { config: model.config, dropout: 0, dtype: 'float32', weights: new Map() });
  expect(() => readModel(folder)).toThrow(/foreign: config.json has no 'fastmtl'/);
});
