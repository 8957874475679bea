// Forward passes over many rows, without dropout. Rows are sorted by length, so that a backend that pads
// computes little padding; results have the order of the given rows.
import type { TokenRows } from '../data/token-rows.ts';
import type { TaskName } from '../tasks/task.ts';
import { gatherRows, rowLength } from './gather.ts';
import type { TaskBatch } from './gather.ts';

export interface ForwardRows {
  readonly task: TaskName;
  readonly data: TokenRows;
  /** Row numbers; all rows if absent. */
  readonly rows?: Uint32Array;
}

/**
 * @param forward one of a learner's passes: [rows of the batch, width]
 * @param onBatch rows done, of all rows
 * @returns [rows, width] and the width, 0 without rows
 */
export async function forwardRows(
  { task, data, rows = allRows(data) }: ForwardRows,
  batch: number,
  forward: (batch: TaskBatch) => Promise<Float32Array>,
  onBatch?: (done: number, total: number) => void,
): Promise<{ readonly values: Float32Array; readonly width: number }> {
  const order = Uint32Array.from(rows.keys()).sort(
    (a, b) => rowLength(data, rows[a] as number) - rowLength(data, rows[b] as number) || a - b,
  );
  let values = new Float32Array(0);
  let width = 0;
  for (let start = 0; start < order.length; start += batch) {
    const places = order.subarray(start, start + batch);
    const chosen = places.map((place) => rows[place] as number);
    const part = await forward(gatherRows(task, data, chosen));
    if (start === 0) {
      width = part.length / places.length;
      values = new Float32Array(rows.length * width);
    }
    for (let i = 0; i < places.length; i++) {
      values.set(part.subarray(i * width, (i + 1) * width), (places[i] as number) * width);
    }
    onBatch?.(start + places.length, order.length);
  }
  return { values, width };
}

/** 0, 1, … up to the number of rows. */
export function allRows(data: TokenRows): Uint32Array {
  return Uint32Array.from({ length: data.rows }, (_, row) => row);
}

/** The class of the largest logit of each row, the first one of equals; the logit itself for one. */
export function decisions(logits: Float32Array, width: number): Float32Array {
  if (width <= 1) return logits;
  return Float32Array.from({ length: logits.length / width }, (_, row) => {
    let best = 0;
    for (let k = 1; k < width; k++) {
      if ((logits[row * width + k] as number) > (logits[row * width + best] as number)) best = k;
    }
    return best;
  });
}
