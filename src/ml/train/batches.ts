// Which rows share a batch, and in which order batches train. All of it is a function of the seed, the
// epoch and the tasks, so that a training can resume from a position (epoch, batch) alone.
import type { TaskName } from '../tasks/task.ts';
import { Stream } from '../random.ts';

/** The rows of one task that a training uses. */
export interface TaskRows {
  readonly task: TaskName;
  /** Row numbers; a training takes each once an epoch. */
  readonly rows: Uint32Array;
  /** Tokens of a row. */
  readonly length: (row: number) => number;
}

/** Rows of one task that make one step. */
export interface RowBatch {
  readonly task: TaskName;
  readonly rows: Uint32Array;
}

export interface Batching {
  readonly seed: number;
  /** Rows of a batch; the last one of a task may be smaller. */
  readonly batch: number;
  /**
   * Batches among which rows are sorted by length, so that a batch needs little padding; 0 or 1
   * leaves them as drawn. It changes which rows share a batch, nothing else.
   */
  readonly bucket: number;
}

/** Batches of a task, in every epoch. */
export function batchCount(rows: number, batch: number): number {
  return Math.ceil(rows / batch);
}

/**
 * One epoch: every batch of every task, in a random order. The rows of a task come in a random
 * order, new each epoch, which does not depend on the other tasks.
 *
 * @param epoch from 0
 */
export function epochBatches(
  tasks: readonly TaskRows[],
  epoch: number,
  batching: Batching,
): readonly RowBatch[] {
  const batches = tasks.flatMap((task) => taskBatches(task, epoch, batching));
  return Stream.named(batching.seed, 'batch-order', `${epoch}`).shuffle(batches);
}

function taskBatches(task: TaskRows, epoch: number, { seed, batch, bucket }: Batching): RowBatch[] {
  const rows = Stream.named(seed, 'row-order', task.task, `${epoch}`).shuffle(task.rows.slice());
  // A window has complete batches, so that only the task's last batch can be smaller.
  const window = batch * Math.max(1, bucket);
  if (window > batch) {
    for (let start = 0; start < rows.length; start += window) {
      rows
        .subarray(start, start + window)
        .set(byLength(rows.subarray(start, start + window), task));
    }
  }
  const batches: RowBatch[] = [];
  for (let start = 0; start < rows.length; start += batch) {
    batches.push({ task: task.task, rows: rows.subarray(start, start + batch) });
  }
  return batches;
}

/** Shortest first; rows of one length stay as drawn. */
function byLength(rows: Uint32Array, { length }: TaskRows): Uint32Array {
  return Uint32Array.from([...rows].sort((a, b) => length(a) - length(b)));
}
