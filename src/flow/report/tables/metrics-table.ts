import type { Json } from '../../core/json.ts';
import { csvField } from '../preview/delimited.ts';

/** One row of `flow table`: values by column. */
export type TableRow = Readonly<Record<string, Json>>;

export interface MetricsTable {
  readonly columns: readonly string[];
  readonly rows: readonly TableRow[];
}

/** The facts about one result. */
export interface TableEntry {
  readonly axes: Readonly<Record<string, Json>>;
  /** All params that it and its inputs depend on, without axes: `to.epochs`. */
  readonly params: Readonly<Record<string, Json>>;
  /** A file of metrics has one row; a table has its rows. */
  readonly values: readonly Readonly<Record<string, Json>>[];
  readonly about: Readonly<Record<string, Json>>;
}

/**
 * Tidy data: one row per result with the axes, then the params in which the results differ, then
 * the measured values, then the result. A measured column with the name of an axis is left out.
 * `named`: params to show although they are equal.
 */
export function metricsTable(
  entries: readonly TableEntry[],
  named: readonly string[] = [],
): MetricsTable {
  const axes = namesOf(entries.map((entry) => entry.axes));
  // A param that only some stages have is not a difference between results.
  const params = namesOf(entries.map((entry) => entry.params)).filter((name) => {
    const having = entries.filter((entry) => Object.hasOwn(entry.params, name));
    const values = new Set(having.map((entry) => JSON.stringify(entry.params[name])));
    return values.size > 1 || named.includes(name);
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

/** A measured value can have the same name as a param that differs. */
function columnOf(name: string, taken: ReadonlySet<string>): string {
  return taken.has(name) ? `${name}.measured` : name;
}

export function csvLines({ columns, rows }: MetricsTable): string[] {
  const line = (row: TableRow): string =>
    columns.map((column) => csvField(cellText(row[column] ?? null))).join(',');
  return [columns.map(csvField).join(','), ...rows.map(line)];
}

/** A missing value is an empty field, as in pandas. */
export function cellText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function namesOf(records: readonly Readonly<Record<string, Json>>[]): readonly string[] {
  return [...new Set(records.flatMap((record) => Object.keys(record)))];
}

/** Sorts numbers by value and other values as text; keeps the order of equal values. */
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
