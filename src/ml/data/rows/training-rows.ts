// The training rows that an experiment has: all rows of a task's training files, or some at random.
import { Stream } from '../../random.ts';
import type { Task } from '../../tasks/task.ts';
import { readRows } from './read-rows.ts';
import type { OnBadRow, RawRow } from './read-rows.ts';
import type { RowFile } from './task-files.ts';

/** The params `rows` and `rows_seed`. */
export interface RowDraw {
  /** At most this many rows; null: all. */
  readonly rows: number | null;
  /** Decides which; the same for all seeds of an experiment. */
  readonly seed: number;
}

/**
 * The drawn rows, in the order of the files. They are found in a second pass: the first one counts the
 * rows that can be used.
 */
export async function* trainingRows(
  files: readonly RowFile[],
  task: Task,
  { rows, seed }: RowDraw,
  onBadRow: OnBadRow,
): AsyncGenerator<RawRow> {
  if (rows === null) {
    yield* readRows(files, task, 'train', onBadRow);
    return;
  }
  let count = 0;
  for await (const _ of readRows(files, task, 'train', onBadRow)) count += 1;
  const places = Uint32Array.from({ length: count }, (_, place) => place);
  const drawn = new Set(
    Stream.named(seed, 'rows', task.name).shuffle<Uint32Array, number>(places).subarray(0, rows),
  );
  let place = 0;
  for await (const row of readRows(files, task, 'train', () => undefined)) {
    if (drawn.has(place)) yield row;
    place += 1;
  }
}
