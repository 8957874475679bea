import type { TaskName } from '../tasks/tasks.ts';
import { TASKS } from '../tasks/tasks.ts';
import type { Chosen } from './selection.ts';

/** How many rows of each task a selection has; every task is named, the primary with 0. */
export function useData(chosen: readonly Chosen[]): Readonly<Record<TaskName, number>> {
  const counts = TASKS.map(
    (name) => [name, chosen.filter(({ task }) => task === name).length] as const,
  );
  return Object.fromEntries(counts) as Record<TaskName, number>;
}
