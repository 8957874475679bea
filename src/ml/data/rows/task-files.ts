// Finds the files of a task in the folder of the data.
import { statSync } from 'node:fs';
import path from 'node:path';
import type { Split, Task } from '../../tasks/task.ts';

/** @returns the path, or undefined where the task has no such split or the file is absent */
export function taskFile(raw: string, task: Task, split: Split): string | undefined {
  const file = task.files[split];
  if (file === undefined) return undefined;
  const place = path.join(raw, file.path);
  return statSync(place, { throwIfNoEntry: false })?.isFile() === true ? place : undefined;
}

/** Without training rows a task cannot be used. */
export function trainingFile(raw: string, task: Task): string {
  const file = taskFile(raw, task, 'train');
  if (file === undefined) {
    throw new Error(
      `${path.join(raw, task.files.train?.path ?? '')}: no such file; data/README.md says how to obtain GLUE, and 'tasks' names the tasks that are used`,
    );
  }
  return file;
}
