import { poolRows } from '../data/split-file.ts';
import type { SplitFile } from '../data/split-file.ts';
import type { LeakingRows } from '../leakage/leaks-file.ts';
import { Stream } from '../random.ts';
import type { Scores } from '../select/scores.ts';
import { selectTop } from '../select/select.ts';
import type { TaskName } from '../tasks/task.ts';

/** Which selection gives the numbers of rows. */
export interface Counted {
  readonly scores: Scores;
  readonly primary: TaskName;
  readonly num: number;
  readonly dropped: LeakingRows;
}

/**
 * As many rows of each task as another selection has, but random ones. It shows how much of a selection's
 * effect comes from its tasks, and how much from its rows.
 */
export function intaskScores(split: SplitFile, of: Counted, seed: number): Scores {
  const wanted = new Map<TaskName, number>();
  for (const { task } of selectTop(of.scores, split, of.primary, of.num, of.dropped)) {
    wanted.set(task, (wanted.get(task) ?? 0) + 1);
  }
  const tasks = [...split.tasks.keys()].map((task) => {
    const rows = poolRows(split, task);
    const places = Uint32Array.from({ length: rows.length }, (_, place) => place);
    Stream.named(seed, 'score-intask', of.primary, task).shuffle<Uint32Array, number>(places);
    const values = new Float32Array(rows.length);
    let left = wanted.get(task) ?? 0;
    for (const [order, place] of places.entries()) {
      const taken = left > 0 && !(of.dropped.get(task)?.has(rows[place] as number) ?? false);
      if (taken) left -= 1;
      values[place] = (taken ? 1 : 0) + (rows.length - order) / (2 * rows.length);
    }
    return { task, rows, values };
  });
  return { primaries: [of.primary], tasks };
}
