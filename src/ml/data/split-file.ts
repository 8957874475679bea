// split.json: the tasks in the order that gives ids and breaks ties; which training rows of each train the
// TD-MTDNN, and which are candidates.
import { readFileSync, writeFileSync } from 'node:fs';
import type { TaskName } from '../tasks/task.ts';

export interface TaskSplit {
  /** Rows of the training file. */
  readonly train: number;
  /** Low-resource mode: the rows that the experiment has, ascending. null: all of them. */
  readonly kept: Uint32Array | null;
  /** The rows that train the TD-MTDNN, ascending; they are never chosen. */
  readonly td: Uint32Array;
}

export interface SplitFile {
  readonly seed: number;
  /** In the order of the param `tasks`. Names begin with a letter, so JSON keeps their order. */
  readonly tasks: ReadonlyMap<TaskName, TaskSplit>;
}

/** One line per task, so that the file is readable and its diffs are short. */
export function writeSplit(file: string, { seed, tasks }: SplitFile): void {
  const lines = [...tasks].map(([name, { train, kept, td }]) => {
    const value = { train, kept: kept === null ? null : [...kept], td: [...td] };
    return `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`;
  });
  const body = lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n  }`;
  writeFileSync(file, `{\n  "format": 1,\n  "seed": ${seed},\n  "tasks": ${body}\n}\n`);
}

/** @throws when the file is not what `split` writes */
export function readSplit(file: string): SplitFile {
  const found = JSON.parse(readFileSync(file, 'utf8')) as {
    readonly format: number;
    readonly seed: number;
    readonly tasks: Readonly<
      Record<string, { train: number; kept: readonly number[] | null; td: readonly number[] }>
    >;
  };
  if (found.format !== 1) throw new Error(`${file}: format ${String(found.format)} is not known`);
  const tasks = new Map<TaskName, TaskSplit>();
  for (const [name, { train, kept, td }] of Object.entries(found.tasks)) {
    tasks.set(name, {
      train,
      kept: kept === null ? null : Uint32Array.from(kept),
      td: Uint32Array.from(td),
    });
  }
  return { seed: found.seed, tasks };
}

/** The rows of a task that the experiment has: all, or the kept ones; ascending. Empty for an absent task. */
export function keptRows(split: SplitFile, task: TaskName): Uint32Array {
  const found = split.tasks.get(task);
  if (found === undefined) return new Uint32Array(0);
  return found.kept ?? Uint32Array.from({ length: found.train }, (_, row) => row);
}

/** The candidates of a task: the kept rows without those of the TD-MTDNN; ascending. */
export function poolRows(split: SplitFile, task: TaskName): Uint32Array {
  const used = new Set(split.tasks.get(task)?.td);
  return keptRows(split, task).filter((row) => !used.has(row));
}
