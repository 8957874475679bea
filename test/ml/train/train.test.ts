import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { allRows } from '../../../src/ml/train/predict.ts';
import { loadTraining, saveTraining } from '../../../src/ml/train/saved-training.ts';
import { train } from '../../../src/ml/train/train.ts';
import type { EpochLosses, Position, TrainingSettings } from '../../../src/ml/train/train.ts';
import { ToyLearner, toyRows } from './toy-learner.ts';

const rte = { task: 'rte', data: toyRows(21, 1), rows: allRows(toyRows(21)) } as const;
const stsb = { task: 'stsb', data: toyRows(9, 2), rows: Uint32Array.of(8, 3, 5, 0) } as const;
const tasks = [rte, stsb];
const NAMES = ['rte', 'stsb'] as const;
const settings: TrainingSettings = {
  seed: 5,
  batch: 4,
  bucket: 2,
  epochs: 3,
  lr: 0.3,
  warmup: 0.1,
};
const STEPS = 3 * (6 + 1);

const nothing = () => expect.unreachable('the saved state is whole');
const state = async (learner: ToyLearner) => ({
  position: { epoch: 3, batch: 0, sums: { task: 0, discriminator: 0 }, history: [] },
  learner: await learner.state(),
});

describe('training', () => {
  test('takes every chosen row once an epoch and lets the learning rate end near 0', async () => {
    const learner = new ToyLearner(NAMES);
    await train(learner, tasks, settings);
    expect(learner.seen.length).toBe(STEPS);
    expect(learner.seen.reduce((sum, { batch }) => sum + batch.labels.length, 0)).toBe(
      3 * (21 + 4),
    );
    const rates = learner.seen.map(({ settings: { lr } }) => lr);
    expect(rates[0]).toBe(0);
    expect(Math.max(...rates)).toBe(0.3);
    expect(rates.at(-1)).toBeCloseTo(0.3 / (STEPS - 3), 12);
    expect(new Set(learner.seen.map(({ settings: { dropoutSeed } }) => dropoutSeed)).size).toBe(
      STEPS,
    );
  });

  test('learns, and reports the mean losses of every epoch and all progress', async () => {
    const epochs: [number, EpochLosses][] = [];
    const done: number[] = [];
    const losses = await train(new ToyLearner(NAMES), tasks, { ...settings, epochs: 12 }, {
      onEpoch: (epoch, means) => void epochs.push([epoch, means]),
      onStep: (rows, total) => void done.push(rows / total),
    }); // prettier-ignore
    expect(epochs).toEqual(losses.map((means, i) => [i + 1, means]));
    expect(losses.at(-1)?.task).toBeLessThan(0.3 * (losses[0]?.task ?? 0));
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(1);
  });

  test('leaves out a task without rows', async () => {
    const alone = new ToyLearner(NAMES);
    await train(alone, [rte, { ...stsb, rows: new Uint32Array() }], settings);
    const same = new ToyLearner(NAMES);
    await train(same, [rte], settings);
    expect(await alone.weights()).toEqual(await same.weights());
  });

  test('gives a row its own tokens and scales the labels of a task', async () => {
    const learner = new ToyLearner(NAMES);
    await train(learner, [stsb], { ...settings, epochs: 1, labelScale: { stsb: 0.2 } });
    const { batch } = learner.seen[0] as (typeof learner.seen)[number];
    expect([...batch.firstLength].sort()).toEqual([...stsb.rows].map((row) => stsb.data.firstLength[row]).sort()); // prettier-ignore
    expect(batch.ids.length).toBe(batch.firstLength.reduce((a, b) => a + b));
    expect([...batch.ids]).not.toContain(0);
    const known = [...stsb.rows].map((row) => Math.fround((stsb.data.labels[row] ?? NaN) * 0.2));
    expect([...batch.labels].sort()).toEqual(known.sort());
  });

  test('weighs the discriminator by batches, not rows', async () => {
    const learner = new ToyLearner(NAMES);
    const losses = await train(learner, tasks, { ...settings, discriminator: 'bce' });
    const posWeight = Float32Array.of(1 / 6, 6);
    expect(learner.seen[0]?.settings.discriminator).toEqual({ kind: 'bce', posWeight });
    expect(losses.map(({ discriminator }) => discriminator)).toEqual([0.5, 0.5, 0.5]);
  });

  test('stops when the loss is no number, and when there is nothing to train on', async () => {
    const wild = train(new ToyLearner(NAMES), tasks, { ...settings, lr: 1e30, epochs: 20 });
    await expect(wild).rejects.toThrow(/the loss became .* lower the learning rate/);
    const last = new ToyLearner(NAMES);
    const step = last.step.bind(last);
    last.step = async (batch, of) => ({ ...(await step(batch, of)), gradientNorm: last.seen.length === 2 ? NaN : 1 }); // prettier-ignore
    await expect(train(last, tasks, settings)).rejects.toThrow(
      "the gradients' norm became NaN at step 2: lower the learning rate",
    );
    const empty = { ...rte, rows: new Uint32Array() };
    await expect(train(new ToyLearner(NAMES), [empty], settings)).rejects.toThrow(/no rows/);
  });
});

describe('a training that was killed', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'training-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const stop = new Error('killed');

  /** Trains until `steps` positions have passed, saving each, then throws. */
  async function trainAndDie(place: string, steps: number): Promise<void> {
    const learner = new ToyLearner(NAMES);
    let passed = 0;
    const onPosition = async (position: Position) => {
      saveTraining(place, { position, learner: await learner.state() });
      passed += 1;
      if (passed === steps) throw stop;
    };
    await expect(train(learner, tasks, settings, { onPosition })).rejects.toThrow(stop);
  }

  test.each([1, 6, 7, 8, 13, 14, STEPS])(
    'after %i steps ends with the same bytes',
    async (steps) => {
      const place = path.join(folder, `after-${steps}`);
      await trainAndDie(place, steps);
      const saved = loadTraining(place, nothing);
      const resumed = new ToyLearner(NAMES);
      if (saved === undefined) throw new Error('nothing was saved');
      resumed.restore(saved.learner);
      const losses = await train(resumed, tasks, settings, {}, saved.position);
      expect(resumed.seen.length).toBe(STEPS - steps);
      const whole = new ToyLearner(NAMES);
      expect(losses).toEqual(await train(whole, tasks, settings));
      saveTraining(path.join(folder, 'whole'), await state(whole));
      saveTraining(path.join(folder, 'resumed'), await state(resumed));
      const bytes = (name: string) => readFileSync(path.join(folder, name, 'training.safetensors'));
      expect(bytes('resumed').equals(bytes('whole'))).toBe(true);
    },
  );

  test('starts anew where nothing was saved', () => {
    expect(loadTraining(path.join(folder, 'nowhere'), nothing)).toBeUndefined();
  });

  test('tells of a damaged state once, and starts anew', async () => {
    const place = path.join(folder, 'damaged');
    saveTraining(place, await state(new ToyLearner(NAMES)));
    truncateSync(path.join(place, 'training.safetensors'), 100);
    const told: string[] = [];
    expect(loadTraining(place, (message) => told.push(message))).toBeUndefined();
    expect(told).toEqual([expect.stringMatching(/training\.safetensors: .*cut off/)]);
    expect(loadTraining(place, nothing)).toBeUndefined();
  });
});
