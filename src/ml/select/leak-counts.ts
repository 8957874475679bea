// How many rows of a selection, and of what it was chosen from, repeat evaluation rows of the primary.
import { keptRows, poolRows } from '../data/split-file.ts';
import type { SplitFile } from '../data/split-file.ts';
import { countLeaks, leakingRows, SIDES } from '../leakage/leaks-file.ts';
import type { Leak } from '../leakage/leaks-file.ts';
import type { TaskName } from '../tasks/task.ts';
import type { Chosen } from './selection.ts';

/**
 * For dev and test apart: `leak_SIDE` in the selection, `leak_pool_SIDE` in the candidate pool,
 * `leak_own_SIDE` in the primary's own rows, and `leak_td_SIDE` in the rows that train the TD-MTDNN.
 */
export function leakCounts(
  leaks: readonly Leak[],
  split: SplitFile,
  primary: TaskName,
  chosen: readonly Chosen[],
): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  const tasks = [...split.tasks.keys()];
  for (const side of SIDES) {
    const leaking = leakingRows(leaks, side);
    const sum = (rows: (task: TaskName) => Iterable<number>, of = tasks): number =>
      of.reduce((total, task) => total + countLeaks(leaking, task, rows(task)), 0);
    counts[`leak_${side}`] = chosen.filter(({ task, row }) => leaking.get(task)?.has(row)).length;
    const others = tasks.filter((task) => task !== primary);
    counts[`leak_pool_${side}`] = sum((task) => poolRows(split, task), others);
    counts[`leak_own_${side}`] = sum((task) => keptRows(split, task), [primary]);
    counts[`leak_td_${side}`] = sum((task) => split.tasks.get(task)?.td ?? []);
  }
  return counts;
}
