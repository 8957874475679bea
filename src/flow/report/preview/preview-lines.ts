import { visible } from '../printable.ts';
import type { Style } from '../style.ts';
import { table } from '../table.ts';
import { truncate } from '../text-width.ts';
import type { Preview, PreviewTable } from './preview.ts';

/** Cells longer than this end in an ellipsis. */
const MAX_CELL_CHARACTERS = 60;
const MAX_LINE_CHARACTERS = 100;

/** A preview on a terminal: a table or lines, then a note on what is not shown. */
export function previewLines({ table: rows, lines, more }: Preview, style: Style): string[] {
  return [
    ...(rows ? tableLines(rows, style) : []),
    ...(lines ?? []).map((line) => truncate(visible(line), MAX_LINE_CHARACTERS)),
    ...(more === undefined ? [] : [style.dim(`… ${more}`)]),
  ];
}

function tableLines({ columns, rows }: PreviewTable, style: Style): string[] {
  const cells = rows.map((row) => row.map((text) => truncate(visible(text), MAX_CELL_CHARACTERS)));
  const titles = columns.map((title, i) => {
    const right = cells.length > 0 && cells.every((row) => isNumber(row[i] ?? ''));
    return { title: truncate(visible(title), MAX_CELL_CHARACTERS), right };
  });
  return table(titles, cells, style.dim);
}

function isNumber(text: string): boolean {
  return text === '' || text === '…' || /^-?\d/.test(text);
}
