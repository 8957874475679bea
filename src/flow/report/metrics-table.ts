import type { Json } from '../core/json.ts';
import { csvField } from './preview/delimited.ts';

/** One row of `flow table`: values by column. */
export type TableRow = Readonly<Record<string, Json>>;

export interface MetricsTable {
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
}

/** What is known of one result. */
export interface TableEntry {
  readonly axes: Readonly<Record<string, Json>>;
  /** All that it and what it was made of depend on, but axes: `to.epochs`. */
  readonly params: Readonly<Record<string, Json>>;
  /** A file of metrics has one row; a table as many as it has. */
  readonly values: readonly Readonly<Record<string, Json>>[];
  readonly about: Readonly<Record<string, Json>>;
}

/**
 * Tidy: a row a result, axes first, then the params in which the results differ, then what was measured,
 * then which result it is. A measured column of an axis's name repeats it and is left out.
 */
export function metricsTable(entries: readonly TableEntry[]): MetricsTable {
  const axes = namesOf(entries.map((entry) => entry.axes));
  // One that some stages do not have at all is no difference between results of it.
  const params = namesOf(entries.map((entry) => entry.params)).filter((name) => {
    const having = entries.filter((entry) => Object.hasOwn(entry.params, name));
    return new Set(having.map((entry) => JSON.stringify(entry.params[name]))).size > 1;
  });
  const taken = new Set([...axes, ...params]);
  const measured = namesOf(entries.flatMap((entry) => entry.values)).filter(
    (name) => !axes.includes(name),
  );
  const about = namesOf(entries.map((entry) => entry.about));
  const rows = entries.flatMap((entry) =>
    entry.values.map((values) => {
      const row: Record<string, Json> = { ...entry.axes };
      for (const name of params) row[name] = entry.params[name] ?? null;
      for (const name of measured) row[columnOf(name, taken)] = values[name] ?? null;
      return { ...row, ...entry.about };
    }),
  );
  const columns = [...axes, ...params, ...measured.map((name) => columnOf(name, taken)), ...about];
  return { columns: [...new Set(columns)], rows: rows.toSorted(byAxes(axes)) };
}

/** A measure that has the name of a param that differs is another thing. */
function columnOf(name: string, taken: ReadonlySet<string>): string {
  return taken.has(name) ? `${name}.measured` : name;
}

export function csvLines({ columns, rows }: MetricsTable): string[] {
  const line = (row: TableRow): string =>
    columns.map((column) => csvField(cellText(row[column] ?? null))).join(',');
  return [columns.map(csvField).join(','), ...rows.map(line)];
}

/** Nothing is an empty field, as pandas reads it. */
export function cellText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function namesOf(records: readonly Readonly<Record<string, Json>>[]): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))];
}

/** Numbers by size, all else as text; equal ones stay as they came. */
function byAxes(axes: readonly string[]): (a: TableRow, b: TableRow) => number {
  return (a, b) => {
    for (const axis of axes) {
      const [x, y] = [a[axis] ?? null, b[axis] ?? null];
      if (x === y) continue;
      if (typeof x === 'number' && typeof y === 'number') return x - y;
      return cellText(x) < cellText(y) ? -1 : 1;
    }
    return 0;
  };
}
