import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { finetune } from '../../../src/ml/experiment/finetune.ts';
import type { Model } from '../../../src/ml/experiment/model.ts';
import { allRows } from '../../../src/ml/train/predict.ts';
import { ToyLearner, WORDS, toyRows } from '../train/toy-learner.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'finetune-'));
  mkdirSync(path.join(root, 'tokenizer'));
  writeFileSync(path.join(root, 'tokenizer', 'vocab.txt'), '[PAD]\n', { mode: 0o444 });
});
afterAll(() => rmSync(root, { recursive: true }));

const data = toyRows(30);
const model: Model = {
  config: {
    family: 'bert',
    vocabSize: WORDS,
    hiddenSize: 2,
    layers: 1,
    heads: 1,
    ffnSize: 2,
    positions: 10,
    segments: 2,
    padding: 0,
    layerNormEps: 1e-12,
    initializerRange: 0.1,
  },
  weights: new Map(),
  heads: ['stsb'],
  discriminator: [],
  pooling: 'cls',
  dropout: 0,
  dtype: 'float32',
  labelScale: { stsb: 0.5 },
};
const settings = { seed: 1, batch: 4, bucket: 0, epochs: 3, lr: 0.2, warmup: 0, labelScale: model.labelScale }; // prettier-ignore

function run(
  name: string,
  learner: ToyLearner,
  more: { checkpoint?: string; epoch0?: boolean } = {},
) {
  // prettier-ignore
  const metrics: string[] = [];
  const notes: string[] = [];
  const log = finetune({
    learner,
    model,
    part: { task: 'stsb', data, rows: allRows(data) },
    dev: toyRows(20, 2),
    measures: { metrics: ['pearson', 'spearman'], score: 'pearson' },
    settings,
    epoch0: more.epoch0 ?? true,
    models: path.join(root, name),
    tokenizer: path.join(root, 'tokenizer'),
    checkpoint: more.checkpoint ?? path.join(root, `${name}-checkpoint`),
    saveIntervalMs: more.checkpoint === undefined ? Infinity : 0,
    report: {
      progress: () => undefined,
      metric: (metric, _, step) => void metrics.push(`${metric} ${step}`),
      note: (text) => void notes.push(text),
    },
  });
  return { metrics, notes, log };
}

const files = (name: string) =>
  readdirSync(path.join(root, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name: file }) => path.join(parentPath, file))
    .sort()
    .map((file) => [path.relative(path.join(root, name), file), readFileSync(file, 'hex')]);

describe('fine-tuning', () => {
  test('makes a model an epoch, and chooses by the dev metrics of its answers', async () => {
    const { log, metrics } = run('whole', new ToyLearner(['stsb']));
    const { records } = await log;
    expect(records.map(({ epoch }) => epoch)).toEqual([0, 1, 2, 3]);
    expect(readdirSync(path.join(root, 'whole'))).toEqual(['epoch-0', 'epoch-1', 'epoch-2', 'epoch-3']); // prettier-ignore
    expect(records[0]?.dev['pearson']).toBeNaN();
    expect(records[3]?.dev['pearson']).toBeGreaterThan(0.5);
    expect((await log).best().epoch).toBeGreaterThan(0);
    expect(metrics).toContain('dev_spearman 3');
  });

  test('can keep the model of the chosen epoch alone', async () => {
    const log = await run('best', new ToyLearner(['stsb'])).log;
    log.dropOthers();
    expect(readdirSync(path.join(root, 'best'))).toEqual([`epoch-${log.best().epoch}`]);
  });

  test('leaves out epoch 0 where it may not be chosen', async () => {
    const { log } = run('trained', new ToyLearner(['stsb']), { epoch0: false });
    expect((await log).records.map(({ epoch }) => epoch)).toEqual([1, 2, 3]);
  });

  test.each([3, 8, 17])(
    'ends with the same files after being cut off at step %i',
    async (steps) => {
      const whole = await run(`whole-${steps}`, new ToyLearner(['stsb'])).log;
      const checkpoint = path.join(root, `checkpoint-${steps}`);
      const dying = new ToyLearner(['stsb']);
      const step = dying.step.bind(dying);
      dying.step = (...of) => (dying.seen.length === steps ? Promise.reject(new Error('cut')) : step(...of)); // prettier-ignore
      await expect(run(`cut-${steps}`, dying, { checkpoint }).log).rejects.toThrow('cut');
      const resumed = await run(`resumed-${steps}`, new ToyLearner(['stsb']), { checkpoint }).log;
      expect(resumed.table()).toBe(whole.table());
      expect(files(`resumed-${steps}`)).toEqual(files(`whole-${steps}`));
    },
  );

  test.each([
    ['their list is cut off', (kept: string) => writeFileSync(path.join(kept, 'epochs.json'), '[{"ep')], // prettier-ignore
    ['a model is lost', (kept: string) => rmSync(path.join(kept, 'epoch-1'), { recursive: true })],
  ])('begins anew where of the kept epochs %s', async (what, damage) => {
    const whole = await run(`sound: ${what}`, new ToyLearner(['stsb'])).log;
    const checkpoint = path.join(root, `damaged: ${what}`);
    const dying = new ToyLearner(['stsb']);
    const step = dying.step.bind(dying);
    dying.step = (...of) => (dying.seen.length === 17 ? Promise.reject(new Error('cut')) : step(...of)); // prettier-ignore
    await expect(run(`cut: ${what}`, dying, { checkpoint }).log).rejects.toThrow('cut');
    damage(path.join(checkpoint, 'epochs'));
    const { log, notes } = run(`again: ${what}`, new ToyLearner(['stsb']), { checkpoint });
    expect((await log).table()).toBe(whole.table());
    expect(files(`again: ${what}`)).toEqual(files(`sound: ${what}`));
    expect(notes).toEqual([expect.stringMatching(/^the saved training cannot be used .*epoch/)]);
  });
});
