// Passes of a trained TD-MTDNN over the candidate pool: scores and features.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TaskName } from '../data/dataset.ts';
import { poolRows } from '../data/split-file.ts';
import type { SplitFile } from '../data/split-file.ts';
import { writeSafetensors } from '../hf/safetensors.ts';
import type { Scores, TaskScores } from '../select/scores.ts';
import type { Learner } from '../train/learner.ts';
import { forwardRows } from '../train/predict.ts';
import type { Model } from './model.ts';
import type { Report } from './report.ts';
import { throttledProgress } from './report.ts';
import { checkSplit } from './task-rows.ts';
import type { OpenTask } from './task-rows.ts';

/**
 * For every candidate the discriminator's raw logit of each primary: the sigmoid and, in one
 * column, its order are the same, and float32 has fewer ties than the sigmoid.
 *
 * @throws when the discriminator does not know a primary
 */
export async function scorePool(
  learner: Learner,
  model: Model,
  tasks: readonly OpenTask[],
  split: SplitFile,
  of: { readonly primaries: readonly TaskName[]; readonly batch: number; readonly report: Report },
): Promise<Scores> {
  const columns = of.primaries.map((primary) => {
    const column = model.discriminator.indexOf(primary);
    if (column >= 0) return column;
    throw new Error(`the discriminator tells ${model.discriminator.join(', ') || 'nothing'} apart, not ${primary}`); // prettier-ignore
  });
  const scored: TaskScores[] = [];
  await overPool(tasks, split, Infinity, of, (part) => learner.discriminate(part), ({ task, rows, values, width }) => {
    const chosen = new Float32Array(rows.length * columns.length);
    for (let row = 0; row < rows.length; row++) {
      for (const [k, column] of columns.entries()) {
        chosen[row * columns.length + k] = values[row * width + column] as number;
      }
    }
    scored.push({ task, rows, values: chosen });
  }); // prettier-ignore
  return { primaries: of.primaries, tasks: scored };
}

/**
 * Writes the pooled features, before dropout, of each task's first `most` candidates:
 * features.safetensors with `features` [n, hidden], and rows.tsv, a line a feature.
 */
export async function writeFeatures(
  folder: string,
  learner: Learner,
  tasks: readonly OpenTask[],
  split: SplitFile,
  of: { readonly most: number; readonly batch: number; readonly report: Report },
): Promise<void> {
  const parts: Float32Array[] = [];
  const lines = ['task\trow'];
  let hidden = 0;
  await overPool(tasks, split, of.most, of, (part) => learner.pool(part), ({ task, rows, values, width }) => {
    parts.push(values);
    for (const row of rows) lines.push(`${task}\t${row}`);
    hidden = width || hidden;
  }); // prettier-ignore
  const data = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    data.set(part, end);
    end += part.length;
  }
  mkdirSync(folder, { recursive: true });
  const shape = [lines.length - 1, hidden];
  writeSafetensors(path.join(folder, 'features.safetensors'), new Map([['features', { shape, data }]])); // prettier-ignore
  writeFileSync(path.join(folder, 'rows.tsv'), `${lines.join('\n')}\n`);
}

interface PoolPart {
  readonly task: TaskName;
  readonly rows: Uint32Array;
  readonly values: Float32Array;
  readonly width: number;
}

async function overPool(
  tasks: readonly OpenTask[],
  split: SplitFile,
  most: number,
  { batch, report }: { readonly batch: number; readonly report: Report },
  forward: Parameters<typeof forwardRows>[2],
  take: (part: PoolPart) => void,
): Promise<void> {
  checkSplit(tasks, split);
  const pools = tasks.map(({ task }) => poolRows(split, task).slice(0, most));
  const total = pools.reduce((sum, { length }) => sum + length, 0);
  const progress = throttledProgress(report, 'rows');
  let before = 0;
  for (const [i, { task, data }] of tasks.entries()) {
    const rows = pools[i] as Uint32Array;
    const passed = before;
    const onBatch = (done: number): void => progress(passed + done, total);
    take({ task, rows, ...(await forwardRows({ task, data, rows }, batch, forward, onBatch)) });
    before += rows.length;
  }
}
