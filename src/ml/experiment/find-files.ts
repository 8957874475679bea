// Where a stage finds the files of a task.
import path from 'node:path';
import { filesBelow } from '../data/rows/task-files.ts';
import type { FindFile } from '../data/rows/task-files.ts';
import type { Task } from '../tasks/task.ts';

/** The inputs of a stage. A stage of the stage kit is one. */
export interface Inputs {
  hasInput(name: string): boolean;
  input(name: string): string;
}

/**
 * GLUE's files are below the input `raw`. A file of an own task is an input of its own, which has the name
 * that flow makes of its place in the tasks file: `files.train`, or `files.train.0` in a list.
 *
 * @param listed the steps from the input's name to the splits of the task
 */
export function findFiles(inputs: Inputs, task: Task, listed: (split: string) => string): FindFile {
  if (task.origin === 'glue') return filesBelow(inputs.input('raw'));
  return (_file, split, i) => {
    const name = [listed(split), `${listed(split)}.${i}`].find((one) => inputs.hasInput(one));
    return name === undefined ? undefined : path.normalize(inputs.input(name));
  };
}
