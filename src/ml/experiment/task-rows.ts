// The prepared rows of several tasks, and those of them that a training uses.
import type { TokenRows } from '../data/token-rows.ts';
import type { TaskName } from '../tasks/task.ts';
import { readPrepared, readPreparedMeta } from '../data/prepared.ts';
import type { PreparedMeta } from '../data/prepared.ts';
import type { Split } from '../tasks/task.ts';
import { keptRows } from '../data/split-file.ts';
import type { SplitFile } from '../data/split-file.ts';
import { allRows } from '../train/predict.ts';
import type { TrainingTask } from '../train/train.ts';

/** The folder of one task among several, as a stage collects them. */
export interface TaskFolder {
  readonly axes: Readonly<Record<string, unknown>>;
  readonly path: string;
}

/** One task's rows of one split. */
export interface OpenTask {
  readonly task: TaskName;
  readonly meta: PreparedMeta;
  readonly data: TokenRows;
}

/** @throws naming the folder when the data has no such split */
export function openTask(folder: string, split: Split): OpenTask {
  const meta = readPreparedMeta(folder);
  const data = readPrepared(folder, split);
  if (data === undefined) throw new Error(`${folder}: ${meta.task} has no ${split} rows`);
  return { task: meta.task, meta, data };
}

/**
 * The training rows of all tasks, in the order of the split, for any order of the folders.
 *
 * @throws when the split is of other tasks
 */
export function openTasks(folders: readonly TaskFolder[], split: SplitFile): readonly OpenTask[] {
  const order = [...split.tasks.keys()];
  const tasks = folders.map(({ path }) => openTask(path, 'train'));
  const names = tasks.map(({ task }) => task);
  if (names.length !== order.length || !names.every((name) => split.tasks.has(name))) {
    throw new Error(`the split is of ${order.join(', ')}, the rows are of ${names.join(', ')}`);
  }
  return tasks.sort((a, b) => order.indexOf(a.task) - order.indexOf(b.task));
}

/** The dev rows of a task among the folders; undefined where there are none. */
export function openDev(folders: readonly TaskFolder[]): (task: TaskName) => OpenTask | undefined {
  return (task) => {
    const folder = folders.find(({ path }) => readPreparedMeta(path).task === task);
    const hasDev = folder !== undefined && readPrepared(folder.path, 'dev') !== undefined;
    return hasDev ? openTask(folder.path, 'dev') : undefined;
  };
}

/** The rows that train the TD-MTDNN: some of every task, by the split. */
export function discriminatorRows(
  tasks: readonly OpenTask[],
  split: SplitFile,
): readonly TrainingTask[] {
  checkSplit(tasks, split);
  return tasks.map(({ task, data }) => ({
    task,
    data,
    rows: split.tasks.get(task)?.td ?? new Uint32Array(0),
  }));
}

/**
 * The rows that train a TO-MTDNN: all rows of the primary and the chosen rows of the other tasks. Tasks
 * without rows are left out.
 *
 * @param split in low-resource mode, limits the primary to its kept rows
 */
export function optimisedRows(
  tasks: readonly OpenTask[],
  primary: TaskName,
  chosen: ReadonlyMap<TaskName, Uint32Array>,
  split?: SplitFile,
): readonly TrainingTask[] {
  if (!tasks.some(({ task }) => task === primary))
    throw new Error(`there are no rows of ${primary}`);
  for (const name of chosen.keys()) {
    if (name === primary) throw new Error(`the selection holds rows of ${primary}, the primary`);
    if (!tasks.some(({ task }) => task === name)) {
      throw new Error(`the selection holds rows of ${name}, which is not among the tasks`);
    }
  }
  return everyRow(tasks, split)
    .map((part) =>
      part.task === primary ? part : { ...part, rows: chosen.get(part.task) ?? new Uint32Array(0) },
    )
    .map(inRange)
    .filter(({ rows }) => rows.length > 0);
}

/** All rows of the tasks; in low-resource mode all kept ones. */
export function everyRow(tasks: readonly OpenTask[], split?: SplitFile): readonly TrainingTask[] {
  if (split !== undefined) checkSplit(tasks, split);
  return tasks.map(({ task, data }) => ({
    task,
    data,
    rows: split === undefined ? allRows(data) : keptRows(split, task),
  }));
}

/** Without this check, a split of another data set would silently select wrong rows. */
export function checkSplit(tasks: readonly OpenTask[], split: SplitFile): void {
  for (const { task, data } of tasks) {
    const train = split.tasks.get(task)?.train;
    if (train !== data.rows) {
      throw new Error(
        `the split is of ${train ?? 'no'} training rows of ${task}, here are ${data.rows}`,
      );
    }
  }
}

function inRange(part: TrainingTask): TrainingTask {
  const beyond = part.rows.find((row) => row >= part.data.rows);
  if (beyond === undefined) return part;
  throw new Error(`the selection holds row ${beyond} of ${part.task}, which has ${part.data.rows}`);
}
