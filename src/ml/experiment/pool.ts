// Passes of a trained TD-MTDNN over the candidate pool: scores and features.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TaskName } from '../tasks/task.ts';
import type { Split } from '../tasks/task.ts';
import type { Shards } from '../data/shards.ts';
import { poolRows } from '../data/split-file.ts';
import type { SplitFile } from '../data/split-file.ts';
import { writeSafetensors } from '../hf/safetensors.ts';
import type { Scores, TaskScores } from '../select/scores.ts';
import type { TaskBatch } from '../train/gather.ts';
import type { Learner } from '../train/learner.ts';
import { allRows, forwardRows } from '../train/predict.ts';
import type { Model } from './model.ts';
import type { Report } from './report.ts';
import { throttledProgress } from './report.ts';
import { checkSplit } from './task-rows.ts';
import type { OpenTask } from './task-rows.ts';

export interface Scoring {
  readonly primaries: readonly TaskName[];
  /** Rows of a batch. */
  readonly batch: number;
  /** `logit` by default; `softmax`: the log of the probability among all tasks. */
  readonly by?: 'logit' | 'softmax';
  readonly report: Report;
  /** Keeps finished scores, so that an interrupted pass continues. */
  readonly shards?: Shards;
  /** Rows of a shard. */
  readonly shardRows?: number;
}

/** Seconds of work for a small encoder, minutes for a large one. */
const SHARD_ROWS = 16_384;

/**
 * For every candidate the discriminator's raw logit of each primary. It ranks as the sigmoid does, with
 * fewer ties in float32.
 *
 * @throws when the discriminator does not know a primary
 */
export async function scorePool(
  learner: Learner,
  model: Model,
  tasks: readonly OpenTask[],
  split: SplitFile,
  { primaries, batch, by = 'logit', report, shards, shardRows = SHARD_ROWS }: Scoring,
): Promise<Scores> {
  const columns = primaries.map((primary) => {
    const column = model.discriminator.indexOf(primary);
    if (column >= 0) return column;
    throw new Error(`the discriminator tells ${model.discriminator.join(', ') || 'nothing'} apart, not ${primary}`); // prettier-ignore
  });
  checkSplit(tasks, split);
  const pools = tasks.map(({ task, data }) => ({ task, data, rows: poolRows(split, task) }));
  const total = pools.reduce((sum, { rows }) => sum + rows.length, 0);
  const progress = throttledProgress(report, 'rows');
  let before = 0;
  const scored: TaskScores[] = [];
  for (const { task, data, rows } of pools) {
    const values = new Float32Array(rows.length * columns.length);
    for (let start = 0; start < rows.length; start += shardRows) {
      const part = rows.subarray(start, start + shardRows);
      const name = `${task}-${start}`;
      const saved = shards?.load(name);
      let scores = saved && new Float32Array(saved.buffer);
      if (scores?.length !== part.length * columns.length) {
        const onBatch = (done: number): void => progress(before + done, total);
        const forward = (rowsOf: TaskBatch) => learner.discriminate(rowsOf);
        const passed = await forwardRows({ task, data, rows: part }, batch, forward, onBatch);
        if (by === 'softmax') toLogProbabilities(passed);
        scores = chosenColumns(passed, columns);
        // The rest of a task is computed again faster than it is saved.
        if (part.length === shardRows) shards?.save(name, new Int32Array(scores.buffer));
      }
      values.set(scores, start * columns.length);
      before += part.length;
    }
    scored.push({ task, rows, values });
  }
  return { primaries, tasks: scored };
}

/** In place. The largest logit is subtracted first, so that no exponential overflows. */
function toLogProbabilities({
  values,
  width,
}: {
  readonly values: Float32Array;
  readonly width: number;
}): void {
  for (let start = 0; start < values.length; start += width) {
    const row = values.subarray(start, start + width);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    const sum = row.reduce((total, value) => total + Math.exp(value - largest), 0);
    for (let k = 0; k < width; k++) row[k] = (row[k] as number) - largest - Math.log(sum);
  }
}

function chosenColumns(
  { values, width }: { readonly values: Float32Array; readonly width: number },
  columns: readonly number[],
): Float32Array {
  const rows = values.length / width;
  const chosen = new Float32Array(rows * columns.length);
  for (let row = 0; row < rows; row++) {
    for (const [k, column] of columns.entries()) {
      chosen[row * columns.length + k] = values[row * width + column] as number;
    }
  }
  return chosen;
}

/** Rows of one task, and the split that they are from. */
export interface UnseenRows extends OpenTask {
  readonly split: Split;
  readonly rows: Uint32Array;
}

/**
 * Each task's first `most` rows that the TD-MTDNN did not train on: candidates, or dev rows where
 * the TD-MTDNN took all training rows, as it does of a small primary.
 *
 * @param dev undefined: the task has no dev rows
 */
export function unseenRows(
  tasks: readonly OpenTask[],
  dev: (task: TaskName) => OpenTask | undefined,
  split: SplitFile,
  most: number,
): readonly UnseenRows[] {
  checkSplit(tasks, split);
  return tasks.map((task) => {
    const candidates = poolRows(split, task.task);
    const held = candidates.length > 0 ? undefined : dev(task.task);
    return held === undefined
      ? { ...task, split: 'train', rows: candidates.subarray(0, most) }
      : { ...held, split: 'dev', rows: allRows(held.data).subarray(0, most) };
  });
}

/**
 * Writes the pooled features, before dropout, of the rows: features.safetensors with `features`
 * [n, hidden], and rows.tsv, one line per feature.
 */
export async function writeFeatures(
  folder: string,
  learner: Learner,
  unseen: readonly UnseenRows[],
  of: { readonly batch: number; readonly report: Report },
): Promise<void> {
  const parts: Float32Array[] = [];
  let hidden = 0;
  const total = unseen.reduce((sum, { rows }) => sum + rows.length, 0);
  const progress = throttledProgress(of.report, 'rows');
  let before = 0;
  for (const { task, data, rows } of unseen) {
    const onBatch = (done: number): void => progress(before + done, total);
    const forward = (part: TaskBatch) => learner.pool(part);
    const { values, width } = await forwardRows({ task, data, rows }, of.batch, forward, onBatch);
    parts.push(values);
    hidden = width || hidden;
    before += rows.length;
  }
  const data = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    data.set(part, end);
    end += part.length;
  }
  const lines = unseen.flatMap(({ task, split, rows }) =>
    Array.from(rows, (row) => `${task}\t${split}\t${row}`),
  );
  mkdirSync(folder, { recursive: true });
  const shape = [lines.length, hidden];
  writeSafetensors(path.join(folder, 'features.safetensors'), new Map([['features', { shape, data }]])); // prettier-ignore
  writeFileSync(path.join(folder, 'rows.tsv'), `${['task\tsplit\trow', ...lines].join('\n')}\n`);
}
