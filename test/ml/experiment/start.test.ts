import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startModel } from '../../../src/ml/experiment/start.ts';
import type { Start } from '../../../src/ml/experiment/start.ts';
import { writeHfFolder } from '../../../src/ml/hf/folder.ts';
import { toyTasks } from './toy-tasks.ts';

let root: string;
let start: Start;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'start-'));
  start = {
    model: {
      layers: 1,
      hidden: 8,
      heads: 2,
      ffn: 12,
      positions: 10,
      init: 0.1,
      dropout: 0.2,
      pooling: 'mean',
      dtype: 'float32',
    },
    rows: toyTasks(root, { rte: 4, stsb: 5 }),
    heads: ['rte', 'stsb'],
    discriminator: ['rte', 'stsb'],
    labelScale: { stsb: 0.2 },
    seed: 3,
  };
});
afterAll(() => rmSync(root, { recursive: true }));

const SENTENCE_MODULES = JSON.stringify([
  { path: '', type: 'sentence_transformers.models.Transformer' },
  { path: '1_Pooling', type: 'sentence_transformers.models.Pooling' },
]);

const silent = { note: () => undefined };
const deviation = (values: Float32Array = new Float32Array(0)) =>
  Math.sqrt(values.reduce((sum, x) => sum + x * x, 0) / values.length);

describe('a new model', () => {
  test('has the shape of its settings, a head a task and the ranges of its tables and matrices', () => {
    const model = startModel(start, silent);
    expect(model).toMatchObject({ pooling: 'mean', dropout: 0.2, labelScale: { stsb: 0.2 } });
    expect(model.weights.get('classifier_dict.stsb.weight')?.shape).toEqual([1, 8]);
    expect(model.weights.get('task_discriminator.weight')?.shape).toEqual([2, 8]);
    expect(deviation(model.weights.get('bert.encoder.layer.0.intermediate.dense.weight')?.data)).toBeCloseTo(0.1, 1); // prettier-ignore
    expect(deviation(model.weights.get('bert.embeddings.word_embeddings.weight')?.data)).toBeLessThan(0.03); // prettier-ignore
  });

  test('begins with the same encoder and head, whatever other heads there are', () => {
    const both = startModel(start, silent).weights;
    const one = startModel({ ...start, heads: ['rte'], discriminator: [] }, silent).weights;
    for (const [name, tensor] of one) expect(both.get(name)).toEqual(tensor);
    const other = startModel({ ...start, seed: 4 }, silent).weights;
    expect(other.get('classifier_dict.rte.weight')).not.toEqual(one.get('classifier_dict.rte.weight')); // prettier-ignore
  });

  test('is refused when the rows do not fit it', () => {
    const short = { ...start, model: { ...start.model, positions: 5 } };
    expect(() => startModel(short, silent)).toThrow(/row of rte has \d+ tokens, the encoder 5 positions: lower max_length/); // prettier-ignore
    const own = startModel(start, silent);
    const folder = path.join(root, 'few words');
    const words = own.config.vocabSize;
    const config = { ...own.config, vocabSize: words - 1 };
    const table = 'bert.embeddings.word_embeddings.weight';
    const [rows, cols] = [words - 1, own.config.hiddenSize];
    const data = own.weights.get(table)?.data.slice(0, rows * cols) as Float32Array;
    const weights = new Map([...own.weights, [table, { shape: [rows, cols], data }]]);
    writeHfFolder(folder, { config, dropout: 0, dtype: 'float32', weights });
    expect(() => startModel({ ...start, encoder: folder }, silent)).toThrow(`the rows of rte have ${words} token ids, the encoder ${rows}`); // prettier-ignore
  });

  test('may begin with a pre-trained encoder, whose shape then counts, and tells what it lacks', () => {
    const own = startModel(start, silent);
    const folder = path.join(root, 'encoder');
    const kept = [...own.weights].filter(
      ([name]) => name.startsWith('bert.') && !name.startsWith('bert.pooler.'),
    );
    writeHfFolder(folder, {
      config: own.config,
      dropout: 0,
      dtype: 'float32',
      weights: new Map(kept),
    });
    const notes: string[] = [];
    const begin = (settings: Partial<Start['model']>) =>
      startModel(
        { ...start, encoder: folder, seed: 9, model: { ...start.model, ...settings } },
        { note: (text) => void notes.push(text) },
      );
    const model = begin({ layers: 5 });
    expect(model.config).toEqual(own.config);
    for (const [name, tensor] of kept) expect(model.weights.get(name)).toEqual(tensor);
    expect(model.weights.has('bert.pooler.dense.weight')).toBe(true);
    expect(notes).toEqual([]);
    begin({ pooling: 'cls' });
    expect(notes).toEqual(['the encoder has no pooler: a new one from the seed']);
    mkdirSync(path.join(folder, '1_Pooling'));
    writeFileSync(
      path.join(folder, '1_Pooling', 'config.json'),
      '{"pooling_mode_mean_tokens": true}',
    );
    writeFileSync(path.join(folder, 'modules.json'), SENTENCE_MODULES);
    begin({ pooling: 'mean' });
    expect(notes).toHaveLength(1);
    begin({ pooling: 'cls' });
    expect(notes[2]).toBe('the encoder was trained to be pooled by mean_tokens, and model.pooling is cls; -p model.pooling=mean takes the same'); // prettier-ignore
  });
});
