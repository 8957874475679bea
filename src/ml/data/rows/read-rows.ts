// The rows of a task's split: texts, a label as a number, and an id.
import { isLabelled } from '../../tasks/task.ts';
import type { Split, Task } from '../../tasks/task.ts';
import type { RowTexts } from '../../text/encoded-rows.ts';
import { openTable } from './open-table.ts';
import type { TableRow } from './table.ts';
import type { RowFile } from './task-files.ts';

export interface RawRow {
  readonly texts: RowTexts;
  /** Class id, or score; NaN in a test file. */
  readonly label: number;
  /** Of the column that the task names, else the number of the row in its split's files, from 0. */
  readonly id: string;
}

/** `fail`: throw on a row that cannot be used. Otherwise: a function to call with each such row's problem. */
export type OnBadRow = 'fail' | ((problem: string) => void);

/** Stricter than `Number`, which also reads '' and '0x3'. */
const DECIMAL = /^ *[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)? *$/i;

/** Tables of predictions have an id in a cell. */
const UNFIT_ID = /[\t\n\r]/;

/**
 * Rows of a test split are never left out, because each needs an answer: one that cannot be used has
 * empty texts.
 *
 * @throws naming file and line
 */
export async function* readRows(
  files: readonly RowFile[],
  task: Task,
  split: Split,
  onBadRow: OnBadRow,
): AsyncGenerator<RawRow> {
  const labelled = isLabelled(split);
  const { text, label, id } = task;
  const wanted = [...text, ...(labelled ? [label] : []), ...(id === undefined ? [] : [id])];
  let number = 0;
  for (const file of files) {
    for await (const found of openTable(file, wanted)) {
      const row = rawRow(found, task, labelled, number);
      number += 1;
      if (typeof row !== 'string') {
        yield row;
        continue;
      }
      const problem = `${file.name}:${found.line}: ${row}`;
      if (onBadRow === 'fail') throw new Error(`${problem} (${advice(labelled)})`);
      onBadRow(problem);
      if (!labelled) {
        const texts = text.map(() => '') as unknown as RowTexts;
        yield { texts, label: Number.NaN, id: idOfBadRow(found, task, number - 1) };
      }
    }
  }
}

function advice(labelled: boolean): string {
  return labelled
    ? 'bad_rows=skip passes over such rows'
    : 'bad_rows=skip predicts such rows from empty texts';
}

/** @returns the row, or what is wrong with it */
function rawRow(found: TableRow, task: Task, labelled: boolean, number: number): RawRow | string {
  if ('problem' in found) return found.problem;
  const texts = found.cells.slice(0, task.text.length);
  const missing = texts.indexOf(undefined);
  if (missing !== -1) return `the column '${task.text[missing]}' has no text`;
  const id = task.id === undefined ? String(number) : found.cells.at(-1);
  if (id === undefined || UNFIT_ID.test(id)) {
    return `the column '${task.id}' has ${id === undefined ? 'no id' : 'an id with a tab or a line break'}`;
  }
  const label = labelled ? labelOf(found.cells[task.text.length] ?? '', task) : Number.NaN;
  return typeof label === 'string' ? label : { texts: texts as unknown as RowTexts, label, id };
}

/** The row's own id where it can be read. Else one that no other row has. */
function idOfBadRow(found: TableRow, { id }: Task, number: number): string {
  if (id === undefined) return String(number);
  const own = 'problem' in found ? undefined : found.cells.at(-1);
  return own === undefined || UNFIT_ID.test(own) ? `unreadable row ${number}` : own;
}

/** @returns the label, or what is wrong with it */
function labelOf(text: string, { name, labels, range }: Task): number | string {
  if (labels !== undefined) {
    const label = classOf(text, labels);
    return label === -1 ? `'${text}' is not a label of ${name}: ${labels.join(', ')}` : label;
  }
  const [least, greatest] = range;
  const score = Number(text);
  return DECIMAL.test(text) && score >= least && score <= greatest
    ? score
    : `'${text}' is not a score from ${least} to ${greatest}`;
}

/**
 * A number is compared as a decimal, so that 1.0 is the label 1. If no label is a number, it is the place
 * of the label in the list, as in the data sets of Hugging Face. @returns -1 if it is none
 */
function classOf(text: string, labels: readonly string[]): number {
  const written = labels.indexOf(text);
  if (written !== -1 || !DECIMAL.test(text)) return written;
  const number = Number(text);
  if (labels.some((label) => DECIMAL.test(label))) {
    return labels.findIndex((label) => DECIMAL.test(label) && Number(label) === number);
  }
  return Number.isInteger(number) && number >= 0 && number < labels.length ? number : -1;
}
