import path from 'node:path';
import type { TaskName } from '../../../src/ml/tasks/task.ts';
import { writePrepared } from '../../../src/ml/data/prepared.ts';
import { openTask } from '../../../src/ml/experiment/task-rows.ts';
import { WORDS, toyRows } from '../train/toy-learner.ts';

/** Prepared folders of toy rows, as stages collect them: by the tasks' names. `stsb` is a regression. */
export function toyFolders(root: string, rows: Readonly<Record<TaskName, number>>) {
  return Object.entries(rows)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, n]) => {
      const folder = path.join(root, name);
      const classes = name === 'stsb' ? 1 : 2;
      const about = { task: name, classes, maxLength: 10, vocabSize: WORDS };
      const splits = new Map([['train', toyRows(n)] as const, ['dev', toyRows(8, 2)] as const]);
      writePrepared(folder, about, splits);
      return { axes: { task: name }, path: folder };
    });
}

/** In the order of the given tasks. */
export function toyTasks(root: string, rows: Readonly<Record<TaskName, number>>) {
  toyFolders(root, rows);
  return Object.keys(rows).map((name) => openTask(path.join(root, name), 'train'));
}
