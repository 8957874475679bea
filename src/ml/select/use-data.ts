import type { TaskName } from '../tasks/task.ts';
import type { Chosen } from './selection.ts';

/** How many rows of each of the tasks a selection has, the primary with 0. */
export function useData(
  chosen: readonly Chosen[],
  tasks: Iterable<TaskName>,
): Readonly<Record<TaskName, number>> {
  const counts: Record<TaskName, number> = Object.fromEntries([...tasks].map((name) => [name, 0]));
  for (const { task } of chosen) counts[task] = (counts[task] ?? 0) + 1;
  return counts;
}
