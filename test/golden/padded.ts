// The reference batches are padded; ours are not.
import { readFileSync } from 'node:fs';
import { parseMapping } from '../../src/ml/json-mapping.ts';
import type { TaskName } from '../../src/ml/tasks/task.ts';
import type { TaskBatch } from '../../src/ml/train/gather.ts';

export interface Padded {
  readonly input_ids: readonly (readonly number[])[];
  readonly token_type_ids: readonly (readonly number[])[];
  readonly attention_mask: readonly (readonly number[])[];
}

export function readJson<T>(file: string): T {
  return parseMapping(readFileSync(file, 'utf8'), file) as T;
}

/** @param task any name: the reference's tasks are none of GLUE's */
export function unpadded(batch: Padded, task: string, labels: readonly number[]): TaskBatch {
  const lengths = batch.attention_mask.map((mask) => mask.filter((m) => m === 1).length);
  const offsets = new Uint32Array(lengths.length + 1);
  for (const [r, length] of lengths.entries()) offsets[r + 1] = (offsets[r] as number) + length;
  const segments = batch.token_type_ids.map((row, r) => row.slice(0, lengths[r]));
  return {
    task: task as TaskName,
    ids: Int32Array.from(batch.input_ids.flatMap((row, r) => row.slice(0, lengths[r]))),
    offsets,
    firstLength: Uint16Array.from(segments, (row) => row.filter((segment) => segment === 0).length),
    labels: Float32Array.from(labels),
  };
}

/** Some of a batch's rows, by their numbers. */
export function rowsOf(batch: TaskBatch, rows: readonly number[]): TaskBatch {
  const place = (r: number) =>
    [batch.offsets[r] as number, batch.offsets[r + 1] as number] as const;
  const offsets = new Uint32Array(rows.length + 1);
  for (const [i, r] of rows.entries()) {
    const [begin, end] = place(r);
    offsets[i + 1] = (offsets[i] as number) + end - begin;
  }
  return {
    task: batch.task,
    ids: Int32Array.from(rows.flatMap((r) => [...batch.ids.subarray(...place(r))])),
    offsets,
    firstLength: Uint16Array.from(rows, (r) => batch.firstLength[r] as number),
    labels: Float32Array.from(rows, (r) => batch.labels[r] as number),
  };
}

/** The rows of a padded tensor [rows, length, width] that are no padding. */
export function realRows(
  padded: Float32Array,
  { offsets }: TaskBatch,
  length: number,
  width: number,
): Float32Array {
  const rows = offsets.length - 1;
  const values = new Float32Array((offsets[rows] as number) * width);
  for (let r = 0; r < rows; r++) {
    const begin = offsets[r] as number;
    const from = r * length * width;
    const count = ((offsets[r + 1] as number) - begin) * width;
    values.set(padded.subarray(from, from + count), begin * width);
  }
  return values;
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new Error(`${a.length} values against ${b.length}`);
  let largest = 0;
  for (let i = 0; i < a.length; i++) {
    const difference = Math.abs((a[i] as number) - (b[i] as number));
    if (!(difference <= largest)) largest = difference;
  }
  return largest;
}

/** What lies further from the reference than it may, by name. */
export class Deviations {
  readonly found: string[] = [];

  check(name: string, difference: number, tolerance: number): void {
    if (!(difference < tolerance)) this.found.push(`${name} is off by ${difference}, allowed are ${tolerance}`); // prettier-ignore
  }
}
