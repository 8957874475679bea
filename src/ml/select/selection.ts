// selection.tsv: the chosen auxiliary rows, best first.
import { readFileSync, writeFileSync } from 'node:fs';
import type { TaskName } from '../tasks/task.ts';

export interface Chosen {
  readonly task: TaskName;
  /** Row number in the task's training file. */
  readonly row: number;
  readonly score: number;
  /** 1 is best. */
  readonly rank: number;
}

const HEADER = 'task\trow\tscore\trank';

export function writeSelection(file: string, chosen: readonly Chosen[]): void {
  const lines = chosen.map(({ task, row, score, rank }) => [task, row, score, rank].join('\t'));
  writeFileSync(file, `${[HEADER, ...lines].join('\n')}\n`);
}

/** @throws naming file and line */
export function readChosen(file: string): readonly Chosen[] {
  const [header, ...lines] = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
  if (header !== HEADER) throw new Error(`${file}:1: the header is task, row, score, rank`);
  const seen = new Set<string>();
  return lines.map((line, i) => {
    const [task = '', row = '', score = '', rank = '', ...more] = line.split('\t');
    const numbers = [row, score, rank].map(Number) as [number, number, number];
    const right =
      task !== '' && /^\d+$/.test(row) && score !== '' && rank !== '' && more.length === 0;
    if (!right || numbers.some(Number.isNaN)) {
      throw new Error(`${file}:${i + 2}: not a task, a row, a score and a rank: ${line}`);
    }
    const name = `${task} row ${numbers[0]}`;
    if (seen.has(name)) throw new Error(`${file}:${i + 2}: ${name} occurs twice`);
    seen.add(name);
    return { task, row: numbers[0], score: numbers[1], rank: numbers[2] };
  });
}

/** {@link rowsByTask} of a file. */
export function readSelection(file: string): ReadonlyMap<TaskName, Uint32Array> {
  return rowsByTask(readChosen(file));
}

/** The chosen rows of each task, ascending. */
export function rowsByTask(chosen: readonly Chosen[]): ReadonlyMap<TaskName, Uint32Array> {
  const rows = new Map<TaskName, number[]>();
  for (const { task, row } of chosen) {
    const of = rows.get(task);
    if (of === undefined) rows.set(task, [row]);
    else of.push(row);
  }
  return new Map([...rows].map(([task, of]) => [task, Uint32Array.from(of).sort()]));
}
