import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Shards } from '../../../src/ml/data/shards.ts';
import type { SplitFile } from '../../../src/ml/data/split-file.ts';
import type { Model } from '../../../src/ml/experiment/model.ts';
import { scorePool, unseenRows, writeFeatures } from '../../../src/ml/experiment/pool.ts';
import type { OpenTask } from '../../../src/ml/experiment/task-rows.ts';
import { readSafetensors } from '../../../src/ml/hf/safetensors.ts';
import { ToyLearner } from '../train/toy-learner.ts';
import { toyTasks } from './toy-tasks.ts';

let root: string;
let tasks: readonly OpenTask[];
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'pool-'));
  tasks = toyTasks(root, { mnli: 6, rte: 4, cola: 5 });
});
afterAll(() => rmSync(root, { recursive: true }));

const split: SplitFile = {
  seed: 0,
  tasks: new Map([
    ['mnli', { train: 6, kept: null, td: Uint32Array.of(1, 5) }],
    ['rte', { train: 4, kept: null, td: Uint32Array.of(0, 1, 2, 3) }],
    ['cola', { train: 5, kept: null, td: Uint32Array.of(0) }],
  ]),
};
const names = ['mnli', 'rte', 'cola'] as const;
const model = { discriminator: names } as unknown as Model;

function watch() {
  const progress: string[] = [];
  const report = {
    progress: (done: number, total: number, unit: string) => void progress.push(`${done}/${total} ${unit}`), // prettier-ignore
    metric: () => undefined,
    note: () => undefined,
  };
  return { progress, report };
}

const firstWord = ({ data }: OpenTask, row: number) => data.ids[data.offsets[row] as number] ?? NaN;

test('every candidate is scored for every primary by its column of the discriminator', async () => {
  const { progress, report } = watch();
  const of = { primaries: ['cola', 'rte'] as const, batch: 2, report };
  const scores = await scorePool(new ToyLearner(names), model, tasks, split, of);
  expect(scores.primaries).toEqual(['cola', 'rte']);
  expect(scores.tasks.map(({ task, rows }) => [task, [...rows]])).toEqual([
    ['mnli', [0, 2, 3, 4]],
    ['rte', []],
    ['cola', [1, 2, 3, 4]],
  ]);
  for (const [i, { rows, values }] of scores.tasks.entries()) {
    const words = [...rows].map((row) => firstWord(tasks[i] as OpenTask, row));
    expect([...values]).toEqual(words.flatMap((word) => [word * 2, word].map((x) => Math.fround(x / 10)))); // prettier-ignore
  }
  expect(progress.at(-1)).toBe('8/8 rows');
});

test('a score by softmax is the log of the probability among all tasks', async () => {
  const of = { primaries: ['mnli', 'cola'] as const, batch: 2, report: watch().report };
  const logits = await scorePool(new ToyLearner(names), model, tasks, split, { ...of, primaries: names }); // prettier-ignore
  const scores = await scorePool(new ToyLearner(names), model, tasks, split, {
    ...of,
    by: 'softmax',
  });
  for (const [t, { rows, values }] of scores.tasks.entries()) {
    for (let i = 0; i < rows.length; i++) {
      const own = [...(logits.tasks[t]?.values.subarray(3 * i, 3 * i + 3) ?? [])];
      const sum = own.reduce((total, logit) => total + Math.exp(logit), 0);
      expect(values[2 * i]).toBeCloseTo((own[0] ?? NaN) - Math.log(sum), 5);
      expect(values[2 * i + 1]).toBeCloseTo((own[2] ?? NaN) - Math.log(sum), 5);
    }
  }
});

test('a scoring that was cut off takes the whole shards that it made, and ends the same', async () => {
  const of = { primaries: ['cola', 'rte'] as const, batch: 2, report: watch().report };
  const whole = await scorePool(new ToyLearner(names), model, tasks, split, of);
  const sharded = { ...of, shards: new Shards(path.join(root, 'shards')), shardRows: 3 };
  const learner = new ToyLearner(names);
  const answer = learner.discriminate.bind(learner);
  let left = 3;
  learner.discriminate = (batch) => (left-- === 0 ? Promise.reject(new Error('cut')) : answer(batch)); // prettier-ignore
  await expect(scorePool(learner, model, tasks, split, sharded)).rejects.toThrow('cut');
  // Three rows of mnli in two batches are a shard; its fourth row and cola's are not there.
  left = 99;
  expect(await scorePool(learner, model, tasks, split, sharded)).toEqual(whole);
  expect(99 - left).toBe(1 + 2 + 1);
  sharded.shards.save('mnli-0', Int32Array.of(1));
  left = 99;
  expect(await scorePool(learner, model, tasks, split, sharded)).toEqual(whole);
  expect(99 - left).toBe(2 + 1 + 1);
});

test('a primary that the discriminator does not know cannot be scored', async () => {
  const of = { primaries: ['stsb'] as const, batch: 2, report: watch().report };
  await expect(scorePool(new ToyLearner(names), model, tasks, split, of)).rejects.toThrow(
    'the discriminator tells mnli, rte, cola apart, not stsb',
  );
});

test('features are of the first candidates of each task, and of dev rows where there are none', async () => {
  const folder = path.join(root, 'features');
  const dev = (task: string) => (task === 'rte' ? tasks[1] : undefined);
  const unseen = unseenRows(tasks, dev, split, 3);
  const of = { batch: 2, report: watch().report };
  await writeFeatures(folder, new ToyLearner(names), unseen, of);
  const rows = ['mnli\ttrain\t0', 'mnli\ttrain\t2', 'mnli\ttrain\t3', 'rte\tdev\t0', 'rte\tdev\t1', 'rte\tdev\t2', 'cola\ttrain\t1', 'cola\ttrain\t2', 'cola\ttrain\t3']; // prettier-ignore
  expect(readFileSync(path.join(folder, 'rows.tsv'), 'utf8')).toBe(`task\tsplit\trow\n${rows.join('\n')}\n`); // prettier-ignore
  const features = readSafetensors(path.join(folder, 'features.safetensors')).get('features');
  expect(features?.shape).toEqual([9, 1]);
  expect(unseenRows(tasks, () => undefined, split, 3).map(({ rows: { length } }) => length)).toEqual([3, 0, 3]); // prettier-ignore
});
