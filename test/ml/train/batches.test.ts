import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { TaskName } from '../../../src/ml/tasks/task.ts';
import { batchCount, epochBatches } from '../../../src/ml/train/batches.ts';
import type { RowBatch, TaskRows } from '../../../src/ml/train/batches.ts';

const NAMES: readonly TaskName[] = ['mnli', 'rte', 'stsb'];
const length = (row: number) => 3 + ((row * 7) % 11);
const tasksOf = (counts: readonly number[]): readonly TaskRows[] =>
  counts.map((n, i) => ({
    task: NAMES[i] as TaskName,
    rows: Uint32Array.from({ length: n }, (_, row) => 2 * row),
    length,
  }));
const rowsOf = (batches: readonly RowBatch[], task: TaskName) =>
  batches.filter((batch) => batch.task === task).flatMap(({ rows }) => Array.from(rows));
const sorted = (rows: readonly number[]) => [...rows].sort((a, b) => a - b);

const counts = fc.array(fc.nat(40), { minLength: 1, maxLength: 3 });
const batching = fc.record({
  seed: fc.integer(),
  batch: fc.integer({ min: 1, max: 9 }),
  bucket: fc.nat(4),
});

describe('an epoch', () => {
  test('holds every row of every task once, in whole batches but for the last of a task', () => {
    fc.assert(
      fc.property(counts, batching, fc.nat(5), (ns, settings, epoch) => {
        const batches = epochBatches(tasksOf(ns), epoch, settings);
        for (const [i, n] of ns.entries()) {
          const task = NAMES[i] as TaskName;
          const own = batches.filter((batch) => batch.task === task);
          expect(own.length).toBe(batchCount(n, settings.batch));
          expect(own.filter(({ rows }) => rows.length < settings.batch).length).toBeLessThan(2);
          expect(sorted(rowsOf(batches, task))).toEqual(sorted([...(tasksOf(ns)[i]?.rows ?? [])]));
        }
      }),
    );
  });

  test('is the same for the same seed, and new for another epoch or seed', () => {
    const tasks = tasksOf([40, 30]);
    const epoch = (seed: number, n: number) =>
      epochBatches(tasks, n, { seed, batch: 8, bucket: 0 });
    expect(epoch(1, 0)).toEqual(epoch(1, 0));
    expect(epoch(1, 0)).not.toEqual(epoch(1, 1));
    expect(epoch(1, 0)).not.toEqual(epoch(2, 0));
    expect(rowsOf(epoch(1, 0), 'rte')).not.toEqual(rowsOf(epoch(1, 1), 'rte'));
  });

  test('mixes the tasks', () => {
    const batches = epochBatches(tasksOf([80, 80]), 0, { seed: 1, batch: 8, bucket: 0 });
    const changes = batches.filter(({ task }, i) => i > 0 && batches[i - 1]?.task !== task).length;
    expect(changes).toBeGreaterThan(3);
  });

  test('leaves the given rows as they are', () => {
    const tasks = tasksOf([20]);
    epochBatches(tasks, 0, { seed: 1, batch: 4, bucket: 3 });
    expect(tasks[0]?.rows).toEqual(tasksOf([20])[0]?.rows);
  });
});

const padding = (bucket: number) => {
  const batches = epochBatches(tasksOf([256]), 0, { seed: 1, batch: 8, bucket });
  const padded = batches.map(({ rows }) => rows.length * Math.max(...[...rows].map(length)));
  return padded.reduce((sum, n) => sum + n, 0);
};

const draw = (bucket: number) =>
  epochBatches(tasksOf([16]), 0, { seed: 3, batch: 16, bucket }).flatMap(({ rows }) =>
    Array.from(rows),
  );

describe('length buckets', () => {
  test('save most of the padding', () => {
    const tokens = Array.from({ length: 256 }, (_, row) => length(2 * row)).reduce((a, b) => a + b);
    expect(padding(8) - tokens).toBeLessThan(0.25 * (padding(0) - tokens));
  });

  test('keep a row within its window', () => {
    expect(draw(1)).toEqual(draw(0));
    expect(draw(2)).not.toEqual(draw(0));
    expect(draw(2).map(length)).toEqual(sorted(draw(0).map(length)));
  });
});
