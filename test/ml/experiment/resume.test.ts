import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { trainResumably } from '../../../src/ml/experiment/resume.ts';
import { allRows } from '../../../src/ml/train/predict.ts';
import { ToyLearner, toyRows } from '../train/toy-learner.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'resume-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const data = toyRows(21);
const tasks = [{ task: 'rte', data, rows: allRows(data) }] as const;
const settings = { seed: 3, batch: 4, bucket: 0, epochs: 3, lr: 0.2, warmup: 0.1 };

function watch() {
  const told: string[] = [];
  return {
    told,
    report: {
      progress: (done: number, total: number, unit: string) =>
        void told.push(`${done}/${total} ${unit}`),
      metric: (name: string, _: number, step: number) => void told.push(`${name} ${step}`),
      note: (text: string) => void told.push(text),
    },
  };
}

describe('a training with a checkpoint folder', () => {
  test('reports the end of its progress and the losses of every epoch', async () => {
    const { told, report } = watch();
    const checkpoint = path.join(root, 'quick');
    const learner = new ToyLearner(['rte']);
    await trainResumably({ learner, tasks, settings, report, checkpoint });
    expect(told.filter((line) => line.startsWith('task_loss'))).toEqual([1, 2, 3].map((n) => `task_loss ${n}`)); // prettier-ignore
    expect(told).toContain('63/63 examples');
    expect(() => readdirSync(checkpoint)).toThrow(/ENOENT/);
  });

  test('ends alike after being cut off, and tells its caller of every epoch once', async () => {
    const whole = new ToyLearner(['rte']);
    const quick = path.join(root, 'none');
    const losses = await trainResumably({ learner: whole, tasks, settings, report: watch().report, checkpoint: quick }); // prettier-ignore

    const checkpoint = path.join(root, 'cut');
    const epochs: number[] = [];
    let kept: number[] = [];
    const attempt = (learner: ToyLearner, report: ReturnType<typeof watch>['report']) =>
      trainResumably({
        learner,
        tasks,
        settings,
        report,
        checkpoint,
        saveIntervalMs: 0,
        onEpoch: (epoch) => void epochs.push(epoch),
        beforeSave: () => void (kept = epochs.slice()),
        onResume: (done) => void epochs.splice(0, epochs.length, ...kept.slice(0, done)),
      });
    const dying = new ToyLearner(['rte']);
    const step = dying.step.bind(dying);
    dying.step = (...of) => (dying.seen.length === 8 ? Promise.reject(new Error('cut')) : step(...of)); // prettier-ignore
    await expect(attempt(dying, watch().report)).rejects.toThrow('cut');

    const { told, report } = watch();
    const resumed = new ToyLearner(['rte']);
    expect(await attempt(resumed, report)).toEqual(losses);
    expect(await resumed.state()).toEqual(await whole.state());
    expect(told[0]).toBe('continues after epoch 1, batch 2');
    expect(epochs).toEqual([1, 2, 3]);
  });
});
