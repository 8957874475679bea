// scores.tsv, which every scorer writes: one line per candidate row, in any order, and one column per
// primary.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { TaskName } from '../tasks/task.ts';

export interface TaskScores {
  readonly task: TaskName;
  /** Row numbers in the task's training file, ascending. */
  readonly rows: Uint32Array;
  /** [rows, primaries]: the higher, the more similar. */
  readonly values: Float32Array;
}

export interface Scores {
  /** The scored primaries, in the order of the columns. */
  readonly primaries: readonly TaskName[];
  readonly tasks: readonly TaskScores[];
}

const LINES_A_WRITE = 4096;

/** @throws on a value that cannot be ranked (NaN) */
export function writeScores(file: string, { primaries, tasks }: Scores): void {
  const out = openSync(file, 'w');
  try {
    let lines = [['task', 'row', ...primaries].join('\t')];
    const flush = (): void => {
      if (lines.length > 0) writeSync(out, `${lines.join('\n')}\n`);
      lines = [];
    };
    const width = primaries.length;
    for (const { task, rows, values } of tasks) {
      for (let i = 0; i < rows.length; i++) {
        let line = `${task}\t${String(rows[i])}`;
        for (let k = 0; k < width; k++) {
          const value = values[i * width + k] as number;
          if (Number.isNaN(value)) throw new Error(`the score of ${task} row ${rows[i]} is NaN`);
          line += `\t${shortest(value)}`;
        }
        lines.push(line);
        if (lines.length === LINES_A_WRITE) flush();
      }
    }
    flush();
  } finally {
    closeSync(out);
  }
}

/** @throws naming file and line */
export function readScores(file: string): Scores {
  const [header = '', ...lines] = readFileSync(file, 'utf8').trimEnd().split(/\r?\n/);
  const [first, second, ...columns] = header.split('\t');
  if (first !== 'task' || second !== 'row') {
    throw new Error(`${file}:1: the header begins with task, row; here ${header.slice(0, 80)}`);
  }
  const primaries = columns;
  const found = new Map<TaskName, { rows: number[]; values: number[] }>();
  let block: { rows: number[]; values: number[] } | undefined;
  let last: TaskName | undefined;
  for (const [i, line] of lines.entries()) {
    const [name = '', row = '', ...values] = line.split('\t');
    if (block === undefined || last !== name) {
      block = found.get(name) ?? { rows: [], values: [] };
      found.set(name, block);
      last = name;
    }
    if (values.length !== primaries.length || !/^\d+$/.test(row) || name === '') {
      throw new Error(
        `${file}:${i + 2}: not a task, a row and ${primaries.length} scores: ${line}`,
      );
    }
    block.rows.push(Number(row));
    for (const text of values) {
      const value = Number(text);
      if (text === '' || Number.isNaN(value)) {
        throw new Error(`${file}:${i + 2}: '${text}' is not a score`);
      }
      block.values.push(value);
    }
  }
  const tasks = [...found].map(([task, { rows, values }]) => ({
    task,
    rows: Uint32Array.from(rows),
    values: Float32Array.from(values),
  }));
  return { primaries, tasks };
}

/** The shortest decimal that reads back as the same float32; nine digits always do. */
function shortest(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = Number(value.toPrecision(digits));
    if (Math.fround(text) === value) return String(text);
  }
  return String(Number(value.toPrecision(9)));
}
