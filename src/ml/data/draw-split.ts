// Draws the rows that train the TD-MTDNN. They depend only on the seed, so that random selections wait
// for no training, and BCE and CE of one seed share their rows.
import { Stream } from '../random.ts';
import type { TaskName } from '../tasks/task.ts';
import type { SplitFile, TaskSplit } from './split-file.ts';

export interface SplitSettings {
  readonly seed: number;
  /** Rows of each task for the TD-MTDNN; a smaller task gives all. */
  readonly tdRows: number;
  /** Low-resource mode: rows that each task keeps, the primary too; null: all. */
  readonly lowResource: number | null;
}

/** @param train rows of each task's training file, in the order of the tasks */
export function drawSplit(
  train: ReadonlyMap<TaskName, number>,
  { seed, tdRows, lowResource }: SplitSettings,
): SplitFile {
  const tasks = new Map<TaskName, TaskSplit>();
  for (const [task, rows] of train) {
    const all = Uint32Array.from({ length: rows }, (_, row) => row);
    const kept =
      lowResource === null
        ? null
        : sample(all, lowResource, Stream.named(seed, 'low-resource', task));
    const td = sample(kept ?? all, tdRows, Stream.named(seed, 'td-rows', task));
    tasks.set(task, { train: rows, kept, td });
  }
  return { seed, tasks };
}

/** `n` of the rows, or all if there are fewer; ascending. */
function sample(rows: Uint32Array, n: number, stream: Stream): Uint32Array {
  return stream.shuffle<Uint32Array, number>(rows.slice()).subarray(0, n).sort();
}
