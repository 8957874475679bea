// The rows of a task's file: texts, and a label as a number.
import { isLabelled } from '../../tasks/task.ts';
import type { Split, Task } from '../../tasks/task.ts';
import { readTable } from './table.ts';
import type { TableRow } from './table.ts';

export interface RawRow {
  readonly texts: readonly [string] | readonly [string, string];
  /** Class id, or score; NaN in a test file. */
  readonly label: number;
}

/** `fail`: throw on a row that cannot be used. Otherwise: a function to call with each such row's problem. */
export type OnBadRow = 'fail' | ((problem: string) => void);

/** Stricter than `Number`, which also reads '' and '0x3'. */
const DECIMAL = /^ *[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)? *$/i;

/** @throws naming file and line */
export function* readRows(
  file: string,
  task: Task,
  split: Split,
  onBadRow: OnBadRow,
): Generator<RawRow> {
  const wanted = isLabelled(split) ? [...task.text, task.label] : task.text;
  for (const found of readTable(file, wanted, task.files[split]?.columns)) {
    const row = rawRow(found, task);
    if (typeof row !== 'string') {
      yield row;
      continue;
    }
    const problem = `${file}:${found.line}: ${row}`;
    if (onBadRow === 'fail') throw new Error(`${problem} (bad_rows=skip passes over such rows)`);
    onBadRow(problem);
  }
}

/** @returns the row, or what is wrong with it */
function rawRow(found: TableRow, task: Task): RawRow | string {
  if ('problem' in found) return found.problem;
  const texts = found.cells.slice(0, task.text.length) as unknown as RawRow['texts'];
  const text = found.cells[task.text.length];
  if (text === undefined) return { texts, label: Number.NaN };
  const label = labelOf(text, task);
  return typeof label === 'string' ? label : { texts, label };
}

/** @returns the label, or what is wrong with it */
function labelOf(text: string, { name, labels, range }: Task): number | string {
  if (labels !== undefined) {
    const label = labels.indexOf(text);
    return label === -1 ? `'${text}' is not a label of ${name}: ${labels.join(', ')}` : label;
  }
  const [least, greatest] = range;
  const score = Number(text);
  return DECIMAL.test(text) && score >= least && score <= greatest
    ? score
    : `'${text}' is not a score from ${least} to ${greatest}`;
}
