// Tab-separated values as GLUE writes them: without quoting; columns are found by their names in the header.
import { readLines } from './lines.ts';
import type { Line } from './lines.ts';

export type TableRow =
  | { readonly line: number; readonly cells: readonly string[] }
  | { readonly line: number; readonly problem: string };

/**
 * @param wanted names of columns; their cells come in this order. `#1_String` is `#1 String`.
 * @param headerless the columns of a file that may have no header line: used where the first line
 *   does not name the wanted ones
 * @throws when the file is empty, or has no such column
 */
export function* readTable(
  file: string,
  wanted: readonly string[],
  headerless?: readonly string[],
): Generator<TableRow> {
  const lines = readLines(file);
  const first = lines.next();
  if (first.done === true) throw new Error(`${file}: the file is empty`);
  const names = first.value.text?.split('\t') ?? [];
  const hasHeader = headerless === undefined || wanted.every((name) => place(names, name) !== -1);
  const columns = hasHeader ? names : headerless;
  const places = wanted.map((name) => {
    const found = place(columns, name);
    if (found !== -1) return found;
    throw new Error(`${file}:1: there is no column '${name}'; ${described(first.value.text)}`);
  });
  if (!hasHeader) yield tableRow(first.value, columns.length, places);
  for (const line of lines) yield tableRow(line, columns.length, places);
}

/** A longer first line is not a header: the file's lines end with something else than a line feed. */
const MAX_HEADER_LENGTH = 300;

/** Describes the first line, which is not a header with the wanted columns. */
function described(header: string | undefined): string {
  if (header === undefined) return 'the line is not UTF-8';
  if (header.trim() === '') return 'the line is empty, and the header has to be the first one';
  if (header.length <= MAX_HEADER_LENGTH)
    return `the header names ${header.split('\t').join(', ')}`;
  return `the line has ${header.length} characters, which is not a header: lines end with a line feed, and columns are separated by tabs`;
}

const plain = (text: string): string => text.trim().replaceAll('_', ' ');

function place(columns: readonly string[], name: string): number {
  return columns.findIndex((column) => plain(column) === plain(name));
}

function tableRow({ number, text }: Line, width: number, places: readonly number[]): TableRow {
  if (text === undefined) return { line: number, problem: 'the line is not UTF-8' };
  const cells = text.split('\t');
  if (cells.length !== width) {
    return { line: number, problem: `the line has ${cells.length} columns, not ${width}` };
  }
  return { line: number, cells: places.map((at) => cells[at] as string) };
}
