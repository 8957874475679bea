import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBackend } from '../../../src/ml/backend/open.ts';
import { openLearner } from '../../../src/ml/experiment/learner.ts';
import type { Model } from '../../../src/ml/experiment/model.ts';
import { trainResumably } from '../../../src/ml/experiment/resume.ts';
import { startModel } from '../../../src/ml/experiment/start.ts';
import type { OpenTask } from '../../../src/ml/experiment/task-rows.ts';
import type { Learner } from '../../../src/ml/train/learner.ts';
import { allRows } from '../../../src/ml/train/predict.ts';
import { toyTasks } from './toy-tasks.ts';

let root: string;
let tasks: readonly OpenTask[];
let model: Model;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'resume-encoder-'));
  tasks = toyTasks(root, { rte: 11, stsb: 6, cola: 5 });
  model = startModel(
    {
      model: { layers: 1, hidden: 8, heads: 2, ffn: 12, positions: 10, init: 0.1, dropout: 0.1, pooling: 'cls', dtype: 'float32' }, // prettier-ignore
      rows: tasks,
      heads: tasks.map(({ task }) => task),
      discriminator: tasks.map(({ task }) => task),
      labelScale: {},
      seed: 1,
    },
    { note: () => undefined },
  );
});
afterAll(() => rmSync(root, { recursive: true }));

const settings = { seed: 2, batch: 4, bucket: 0, epochs: 2, lr: 0.01, warmup: 0.1, discriminator: 'bce' } as const; // prettier-ignore
const train = (learner: Learner, name: string) =>
  trainResumably({
    learner,
    tasks: tasks.map(({ task, data }) => ({ task, data, rows: allRows(data) })),
    settings,
    report: { progress: () => undefined, metric: () => undefined, note: () => undefined },
    checkpoint: path.join(root, name),
    saveIntervalMs: 0,
  });
const open = async () => openLearner(await openBackend('wasm'), model);

test.each([1, 5, 8, 13])(
  'the encoder with discriminator and dropout, cut off at step %i, ends with the same weights and moments',
  async (steps) => {
    const whole = await open();
    const losses = await train(whole, `whole-${steps}`);
    const dying = await open();
    const step = dying.step.bind(dying);
    let taken = 0;
    dying.step = (...of) => (taken++ === steps ? Promise.reject(new Error('cut')) : step(...of));
    await expect(train(dying, `cut-${steps}`)).rejects.toThrow('cut');
    const resumed = await open();
    expect(await train(resumed, `cut-${steps}`)).toEqual(losses);
    expect(await resumed.state()).toEqual(await whole.state());
  },
);
