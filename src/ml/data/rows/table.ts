// Tables of texts as all formats give them: rows with the cells of the wanted columns.
import type { Line } from './lines.ts';

export type TableRow =
  | {
      /** From 1; of a Parquet file the number of the row. */
      readonly line: number;
      /** In the order of the wanted columns; undefined: the row has no value there. */
      readonly cells: readonly (string | undefined)[];
    }
  | { readonly line: number; readonly problem: string };

/** The cells of a line or record, or what is wrong with it. */
export type Cells = readonly string[] | { readonly problem: string };

export interface TableRecord {
  readonly line: number;
  readonly cells: Cells;
}

/**
 * The rows of a table whose columns are found by their names in its first record.
 *
 * @param wanted names of columns; their cells come in this order. `#1_String` is `#1 String`.
 * @param headerless the columns of a file that may have no header line: used where the first line
 *   does not name the wanted ones
 * @param separator of columns, for messages
 * @throws when the file is empty, or has no such column
 */
export function* tableRows(
  name: string,
  records: Iterator<TableRecord>,
  wanted: readonly string[],
  headerless: readonly string[] | undefined,
  separator: string,
): Generator<TableRow> {
  const first = records.next();
  if (first.done === true) throw new Error(`${name}: the file is empty`);
  const { cells } = first.value;
  const names = 'problem' in cells ? [] : cells;
  const hasHeader = headerless === undefined || wanted.every((one) => place(names, one) !== -1);
  const columns = hasHeader ? names : headerless;
  const places = wanted.map((one) => {
    const found = place(columns, one);
    if (found !== -1) return found;
    const known = hasHeader
      ? described(cells, separator)
      : `the tasks file names its 'columns' ${columns.join(', ')}`;
    throw new Error(`${name}:1: there is no column '${one}'; ${known}`);
  });
  if (!hasHeader) yield tableRow(first.value, columns.length, places);
  for (let next = records.next(); next.done !== true; next = records.next()) {
    yield tableRow(next.value, columns.length, places);
  }
}

/** A longer first line is not a header: the file's lines end with something else than a line feed. */
const MAX_HEADER_LENGTH = 300;

/** Describes the first line, which is not a header with the wanted columns. */
function described(cells: Cells, separator: string): string {
  if ('problem' in cells) return cells.problem;
  const length = cells.reduce((sum, cell) => sum + cell.length + 1, -1);
  if (cells.join('').trim() === '') {
    return 'the line is empty, and the header has to be the first one';
  }
  if (length <= MAX_HEADER_LENGTH) return `the header names ${cells.join(', ')}`;
  return `the line has ${length} characters, which is not a header: lines end with a line feed, and columns are separated by ${separator}`;
}

const plain = (text: string): string => text.trim().replaceAll('_', ' ');

function place(columns: readonly string[], name: string): number {
  return columns.findIndex((column) => plain(column) === plain(name));
}

function tableRow(
  { line, cells }: TableRecord,
  width: number,
  places: readonly number[],
): TableRow {
  if ('problem' in cells) return { line, problem: cells.problem };
  if (cells.length !== width) {
    return { line, problem: `the line has ${cells.length} columns, not ${width}` };
  }
  return { line, cells: places.map((at) => cells[at]) };
}

export const NOT_UTF8 = 'the line is not UTF-8';

/** Lines without the empty ones at the end of the file. */
export function* untilBlankEnd(lines: Iterable<Line>): Generator<Line> {
  let blank: Line[] = [];
  for (const line of lines) {
    if (line.text === '') {
      blank.push(line);
      continue;
    }
    yield* blank;
    blank = [];
    yield line;
  }
}

/** Tab-separated values as GLUE writes them: without quoting. */
export function* tsvRecords(lines: Iterable<Line>): Generator<TableRecord> {
  for (const { number, text } of untilBlankEnd(lines)) {
    yield { line: number, cells: text === undefined ? { problem: NOT_UTF8 } : text.split('\t') };
  }
}
