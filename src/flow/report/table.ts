import { padEnd, padStart, textWidth } from './text-width.ts';

export interface Column {
  readonly title: string;
  /** Numbers are right-aligned. */
  readonly right?: boolean;
}

/**
 * Rows under their titles, with two spaces between columns and no trailing space. Lines without a
 * newline.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  paintTitle: (text: string) => string = (text) => text,
): string[] {
  const widths = columns.map((column, i) =>
    rows.reduce((most, row) => Math.max(most, textWidth(row[i] ?? '')), textWidth(column.title)),
  );
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, i) =>
        column.right === true
          ? padStart(cells[i] ?? '', widths[i] ?? 0)
          : padEnd(cells[i] ?? '', widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [paintTitle(line(columns.map((column) => column.title))), ...rows.map(line)];
}
