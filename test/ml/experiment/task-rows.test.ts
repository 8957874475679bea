import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TaskName } from '../../../src/ml/tasks/task.ts';
import type { SplitFile } from '../../../src/ml/data/split-file.ts';
import { discriminatorRows, everyRow, openTask, openTasks, optimisedRows } from '../../../src/ml/experiment/task-rows.ts'; // prettier-ignore
import type { OpenTask } from '../../../src/ml/experiment/task-rows.ts';
import type { TrainingTask } from '../../../src/ml/train/train.ts';
import { toyFolders } from './toy-tasks.ts';

let root: string;
let folders: ReturnType<typeof toyFolders>;
let tasks: readonly OpenTask[];
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'task-rows-'));
  folders = toyFolders(root, { cola: 5, mnli: 6, rte: 4 });
  tasks = openTasks(folders, split);
});
afterAll(() => rmSync(root, { recursive: true }));

const split: SplitFile = {
  seed: 0,
  tasks: new Map([
    ['mnli', { train: 6, kept: null, td: Uint32Array.of(1, 5) }],
    ['rte', { train: 4, kept: Uint32Array.of(0, 2, 3), td: Uint32Array.of(2) }],
    ['cola', { train: 5, kept: null, td: Uint32Array.of() }],
  ]),
};
const chosen = (rows: Readonly<Record<TaskName, readonly number[]>>) =>
  new Map(Object.entries(rows).map(([name, own]) => [name as TaskName, Uint32Array.from(own)]));
const plain = (parts: readonly TrainingTask[]) => parts.map(({ task, rows }) => [task, [...rows]]);

describe('the rows that train', () => {
  test('come by task in the order of the tasks, not of the folders', () => {
    expect(tasks.map(({ task, data }) => [task, data.rows])).toEqual([['mnli', 6], ['rte', 4], ['cola', 5]]); // prettier-ignore
  });

  test('must be of the tasks of the split, neither more nor fewer', () => {
    const other = new Map(split.tasks).set('qqp', { train: 7, kept: null, td: Uint32Array.of() });
    const message = 'the split is of mnli, rte, cola, qqp, the rows are of cola, mnli, rte';
    expect(() => openTasks(folders, { seed: 0, tasks: other })).toThrow(message);
    const fewer = folders.slice(1);
    expect(() => openTasks(fewer, split)).toThrow('the rows are of mnli, rte');
  });

  test("are the split's few for the TD-MTDNN, with every task of the discriminator", () => {
    expect(plain(discriminatorRows(tasks, split))).toEqual([['mnli', [1, 5]], ['rte', [2]], ['cola', []]]); // prettier-ignore
  });

  test('are all of the primary and the chosen ones, without tasks that have none', () => {
    expect(plain(optimisedRows(tasks, 'rte', chosen({ mnli: [0, 4] })))).toEqual([
      ['mnli', [0, 4]],
      ['rte', [0, 1, 2, 3]],
    ]);
    expect(plain(optimisedRows(tasks, 'rte', chosen({})))).toEqual([['rte', [0, 1, 2, 3]]]);
  });

  test('are the kept ones alone in low-resource mode', () => {
    expect(plain(optimisedRows(tasks, 'rte', chosen({}), split))).toEqual([['rte', [0, 2, 3]]]);
    expect(plain(everyRow(tasks, split))[1]).toEqual(['rte', [0, 2, 3]]);
    expect(plain(everyRow(tasks))[1]).toEqual(['rte', [0, 1, 2, 3]]);
  });

  test.each([
    [{ rte: [1] }, 'rows of rte, the primary'],
    [{ qqp: [1] }, 'rows of qqp, which is not among the tasks'],
    [{ mnli: [6] }, 'row 6 of mnli, which has 6'],
  ] as readonly [Readonly<Record<TaskName, readonly number[]>>, string][])(
    'cannot be chosen as %j',
    (rows, message) => {
      expect(() => optimisedRows(tasks, 'rte', chosen(rows))).toThrow(message);
    },
  );

  test('must be those that the split was made of', () => {
    const other = new Map(split.tasks).set('mnli', { train: 7, kept: null, td: Uint32Array.of() });
    expect(() => discriminatorRows(tasks, { seed: 0, tasks: other })).toThrow('the split is of 7 training rows of mnli, here are 6'); // prettier-ignore
  });

  test('must exist', () => {
    expect(() => openTask(path.join(root, 'rte'), 'test')).toThrow(/rte: rte has no test rows/);
  });
});
