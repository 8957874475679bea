// metrics.json: names and numbers on one level, so that `flow cat` and tables can show them.
import { writeFileSync } from 'node:fs';
import { rowLength } from '../train/gather.ts';
import type { EpochLosses, TrainingTask } from '../train/train.ts';

export type FlatMetrics = Readonly<Record<string, number>>;

/** NaN, such as the correlation of constant answers, becomes null. */
export function writeMetrics(file: string, metrics: FlatMetrics): void {
  writeFileSync(file, `${JSON.stringify(metrics, null, 2)}\n`);
}

/** The cost of a training: rows, passes (rows through forward and backward) and their tokens. */
export function cost(tasks: readonly TrainingTask[], epochs: number): FlatMetrics {
  let rows = 0;
  let tokens = 0;
  for (const part of tasks) {
    rows += part.rows.length;
    for (const row of part.rows) tokens += rowLength(part.data, row);
  }
  return { rows, passes: rows * epochs, tokens: tokens * epochs };
}

/** Losses of the last epoch. */
export function lastLosses(losses: readonly EpochLosses[], discriminator: boolean): FlatMetrics {
  const last = losses.at(-1) as EpochLosses;
  return {
    task_loss: last.task,
    ...(discriminator ? { discriminator_loss: last.discriminator } : {}),
  };
}
