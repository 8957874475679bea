// The tasks by name.
import { GLUE } from './glue.ts';
import type { Task } from './task.ts';

export type TaskName = (typeof GLUE)[number]['name'];

/** In the order that gives ids and breaks ties. */
export const TASKS: readonly TaskName[] = GLUE.map(({ name }) => name);

export function task(name: TaskName): Task {
  return GLUE[taskOrder(name)] as Task;
}

/** Place in TASKS; the discriminator's class, and the first key of ties. */
export function taskOrder(name: TaskName): number {
  return TASKS.indexOf(name);
}

export function findTask(name: string): Task | undefined {
  return GLUE.find((one) => one.name === name);
}

/**
 * @param where the name was found, for the message: `file:line: `
 * @throws naming the tasks that exist
 */
export function taskName(text: string, where = ''): TaskName {
  const found = TASKS.find((name) => name === text);
  if (found === undefined) {
    throw new Error(`${where}there is no task '${text}'; the tasks are ${TASKS.join(', ')}`);
  }
  return found;
}
