// leaks.tsv: the training rows of all tasks that repeat a row of a primary's evaluation, one line for each
// and each split.
import { readFileSync, writeFileSync } from 'node:fs';
import { isDev } from '../tasks/task.ts';
import type { Split, TaskName } from '../tasks/task.ts';

export interface Leak {
  readonly task: TaskName;
  /** Row number in the task's training rows. */
  readonly row: number;
  readonly split: Split;
  /** The id of the row of the split that it repeats. */
  readonly of: string;
  /** 1: a duplicate. */
  readonly similarity: number;
}

/** Evaluation rows that choose an epoch, and those that only answer. */
export type Side = 'dev' | 'test';

export const SIDES: readonly Side[] = ['dev', 'test'];

export function sideOf(split: Split): Side {
  return isDev(split) ? 'dev' : 'test';
}

const HEADER = 'task\trow\tsplit\tof\tsimilarity';

export function writeLeaks(file: string, leaks: readonly Leak[]): void {
  const lines = leaks.map(({ task, row, split, of, similarity }) =>
    [task, row, split, of, Number(similarity.toFixed(4))].join('\t'),
  );
  writeFileSync(file, `${[HEADER, ...lines].join('\n')}\n`);
}

/** @throws naming the file and the line that the stage `leakage` did not write */
export function readLeaks(file: string): readonly Leak[] {
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split('\n');
  if (header !== HEADER)
    throw new Error(`${file}:1: the header is ${HEADER.replaceAll('\t', ', ')}`);
  return lines.map((line, i) => {
    const [task, row, split, of, similarity, ...more] = line.split('\t');
    if (similarity === undefined || more.length > 0) {
      throw new Error(
        `${file}:${i + 2}: not a task, a row, a split, an id and a similarity: ${line}`,
      );
    }
    return { task, row: Number(row), split, of, similarity: Number(similarity) } as Leak;
  });
}

/** The leaking rows of each task. */
export type LeakingRows = ReadonlyMap<TaskName, ReadonlySet<number>>;

/** @param side absent: of both */
export function leakingRows(leaks: readonly Leak[], side?: Side): LeakingRows {
  const rows = new Map<TaskName, Set<number>>();
  for (const { task, row, split } of leaks) {
    if (side !== undefined && sideOf(split) !== side) continue;
    const of = rows.get(task) ?? new Set<number>();
    rows.set(task, of.add(row));
  }
  return rows;
}

/** The rows that the param `leakage` takes out of the pool. */
export function droppedRows(rule: string, file: string): LeakingRows {
  if (rule === 'report') return new Map();
  if (rule === 'drop') return leakingRows(readLeaks(file));
  throw new Error(`param 'leakage' is '${rule}', not report or drop`);
}

/** How many of a task's rows leak. */
export function countLeaks(leaking: LeakingRows, task: TaskName, rows: Iterable<number>): number {
  const of = leaking.get(task);
  if (of === undefined) return 0;
  let count = 0;
  for (const row of rows) if (of.has(row)) count += 1;
  return count;
}
