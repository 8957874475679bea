import type { TaskName, TokenRows } from '../data/dataset.ts';

/** Rows as the encoder takes them, padded with 0 ([PAD]) to the longest among them. */
export interface PaddedBatch {
  readonly task: TaskName;
  readonly rows: number;
  /** Tokens of the longest row, T. */
  readonly length: number;
  readonly ids: Int32Array; // [rows, T]
  readonly lengths: Int32Array; // [rows]: tokens that are no padding
  readonly firstLengths: Int32Array; // [rows]: tokens of segment 0
  readonly labels: Float32Array; // [rows]: class ids, or scores times `scale`
}

export function rowLength(data: TokenRows, row: number): number {
  return (data.offsets[row + 1] as number) - (data.offsets[row] as number);
}

/** @param scale factor of the labels: mini trains stsb on score/5, all else on 1 */
export function padRows(
  task: TaskName,
  data: TokenRows,
  rows: Uint32Array,
  scale = 1,
): PaddedBatch {
  const lengths = Int32Array.from(rows, (row) => rowLength(data, row));
  const length = lengths.reduce((longest, n) => Math.max(longest, n), 0);
  const ids = new Int32Array(rows.length * length);
  for (let i = 0; i < rows.length; i++) {
    const start = data.offsets[rows[i] as number] as number;
    ids.set(data.ids.subarray(start, start + (lengths[i] as number)), i * length);
  }
  return {
    task,
    rows: rows.length,
    length,
    ids,
    lengths,
    firstLengths: Int32Array.from(rows, (row) => data.firstLength[row] as number),
    labels: Float32Array.from(rows, (row) => (data.labels[row] as number) * scale),
  };
}
