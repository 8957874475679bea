import path from 'node:path';
import type { TaskName } from '../../../src/ml/tasks/task.ts';
import { writePrepared } from '../../../src/ml/data/prepared.ts';
import { openTasks } from '../../../src/ml/experiment/task-rows.ts';
import { WORDS, toyRows } from '../train/toy-learner.ts';

/** Prepared folders of toy rows, as stages collect them: by the tasks' names. */
export function toyFolders(root: string, rows: Partial<Record<TaskName, number>>) {
  return Object.entries(rows)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, n]) => {
      const folder = path.join(root, name);
      const about = { task: name as TaskName, maxLength: 10, vocabSize: WORDS };
      const splits = new Map([['train', toyRows(n)] as const, ['dev', toyRows(8, 2)] as const]);
      writePrepared(folder, about, splits);
      return { axes: { task: name }, path: folder };
    });
}

export const toyTasks = (root: string, rows: Partial<Record<TaskName, number>>) =>
  openTasks(toyFolders(root, rows));
