import type { TokenBatch } from '../backend/backend.ts';
import type { TokenRows } from '../data/token-rows.ts';
import type { TaskName } from '../tasks/task.ts';

/** Rows of one task, with their labels. */
export interface TaskBatch extends TokenBatch {
  readonly task: TaskName;
  /** [rows]: class ids, or scores times a scale. */
  readonly labels: Float32Array;
}

/** Splits the rows, in their order, into `parts` batches of nearly equal size, or fewer if there are fewer rows. */
export function splitBatch(batch: TaskBatch, parts: number): readonly TaskBatch[] {
  const rows = batch.labels.length;
  const count = Math.min(parts, rows);
  if (count <= 1) return [batch];
  return Array.from({ length: count }, (_, part) => {
    const from = Math.floor((part * rows) / count);
    const to = Math.floor(((part + 1) * rows) / count);
    const start = batch.offsets[from] as number;
    return {
      task: batch.task,
      ids: batch.ids.subarray(start, batch.offsets[to]),
      offsets: batch.offsets.slice(from, to + 1).map((offset) => offset - start),
      firstLength: batch.firstLength.subarray(from, to),
      labels: batch.labels.subarray(from, to),
    };
  });
}

export function rowLength(data: TokenRows, row: number): number {
  return (data.offsets[row + 1] as number) - (data.offsets[row] as number);
}

/** @param scale factor of the labels: mini trains stsb on score/5, all else on 1 */
export function gatherRows(
  task: TaskName,
  data: TokenRows,
  rows: Uint32Array,
  scale = 1,
): TaskBatch {
  const offsets = new Uint32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i++) {
    offsets[i + 1] = (offsets[i] as number) + rowLength(data, rows[i] as number);
  }
  const ids = new Int32Array(offsets[rows.length] as number);
  for (let i = 0; i < rows.length; i++) {
    const row = rows[i] as number;
    ids.set(data.ids.subarray(data.offsets[row], data.offsets[row + 1]), offsets[i]);
  }
  return {
    task,
    ids,
    offsets,
    firstLength: Uint16Array.from(rows, (row) => data.firstLength[row] as number),
    labels: Float32Array.from(rows, (row) => (data.labels[row] as number) * scale),
  };
}
