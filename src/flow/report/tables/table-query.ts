import type { Json } from '../../core/json.ts';
import { formatValue } from '../../pipeline/instance-id.ts';
import { cellText, type MetricsTable, metricsTable, type TableEntry } from './metrics-table.ts';

// Which rows of `flow table` are shown, in which order, and with which columns.

/** `score>=0.8`. With `=` and `!=`, one of the values. */
export interface Condition {
  readonly column: string;
  readonly operator: '=' | '!=' | '<' | '<=' | '>' | '>=';
  readonly values: readonly string[];
}

export interface SortKey {
  readonly column: string;
  readonly descending: boolean;
}

export interface TableQuery {
  readonly where: readonly Condition[];
  readonly sort: readonly SortKey[];
  /** In this order; missing: all axes, the params that differ, and all measured values. */
  readonly columns?: readonly string[];
}

export function parseCondition(text: string): Condition | undefined {
  const [, column = '', operator, values = ''] =
    /^([^=!<>]+)(==|!=|<=|>=|=|<|>)(.*)$/s.exec(text) ?? [];
  if (operator === undefined) return undefined;
  const isList = ['=', '==', '!='].includes(operator);
  return {
    column: column.trim(),
    operator: (operator === '==' ? '=' : operator) as Condition['operator'],
    values: isList ? values.split(',') : [values],
  };
}

/** `score`, `score:desc`. */
export function parseSortKey(text: string): SortKey {
  const [, column = text, order] = /^(.+):(asc|desc)$/.exec(text) ?? [];
  return { column, descending: order === 'desc' };
}

/** All columns that a query can name, shown or not. */
export function columnsOf(entries: readonly TableEntry[]): readonly string[] {
  const records = entries.flatMap(({ axes, params, values, about }) => [
    axes,
    params,
    ...values,
    about,
  ]);
  return [...new Set(records.flatMap((record) => Object.keys(record)))];
}

/** The entries with only those rows that meet all conditions. */
export function filterEntries(
  entries: readonly TableEntry[],
  where: readonly Condition[],
): readonly TableEntry[] {
  return entries.flatMap((entry) => {
    const values = entry.values.filter((row) =>
      where.every((condition) => meets(cellOf(entry, row, condition.column), condition)),
    );
    return values.length === 0 ? [] : [{ ...entry, values }];
  });
}

/** The values of a column, for a query that no row meets. */
export function valuesIn(entries: readonly TableEntry[], column: string): readonly Json[] {
  return entries.flatMap((entry) =>
    entry.values.map((values) => cellOf(entry, values, column) ?? null),
  );
}

export function queryTable(entries: readonly TableEntry[], query: TableQuery): MetricsTable {
  const named = [...query.sort.map(({ column }) => column), ...(query.columns ?? [])];
  const made = metricsTable(filterEntries(entries, query.where), named);
  const rows = made.rows.toSorted((a, b) => {
    for (const { column, descending } of query.sort) {
      const order = compare(a[column] ?? null, b[column] ?? null, descending);
      if (order !== 0) return order;
    }
    return 0;
  });
  const { columns } = query;
  if (columns === undefined) return { ...made, rows };
  const select = (row: Readonly<Record<string, Json>>): Record<string, Json> =>
    Object.fromEntries(columns.map((column) => [column, row[column] ?? null]));
  return { columns, rows: rows.map(select) };
}

function cellOf(
  { axes, params, about }: TableEntry,
  values: Readonly<Record<string, Json>>,
  column: string,
): Json | undefined {
  for (const record of [axes, params, values, about]) {
    if (Object.hasOwn(record, column)) return record[column];
  }
  return values[column.replace(/\.measured$/, '')];
}

export function meets(cell: Json | undefined, { operator, values }: Condition): boolean {
  const [value = ''] = values;
  switch (operator) {
    case '=':
      return values.some((one) => isEqual(cell ?? null, one));
    case '!=':
      return !values.some((one) => isEqual(cell ?? null, one));
    case '<':
    case '<=':
    case '>':
    case '>=': {
      if (cell === undefined || cell === null) return false;
      const order = compare(cell, value, false);
      if (order === 0) return operator.endsWith('=');
      return operator.startsWith('<') ? order < 0 : order > 0;
    }
  }
}

/** As written, percent-encoded as in an instance's name, or as numbers. */
function isEqual(cell: Json, value: string): boolean {
  const text = cellText(cell);
  if (text === value || formatValue(text) === value) return true;
  const [a, b] = [numberOf(text), numberOf(value)];
  return a !== undefined && a === b;
}

/** Numbers by value, other values as text. What is missing comes last in both directions. */
function compare(a: Json, b: Json, descending: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const [x, y] = [numberOf(cellText(a)), numberOf(cellText(b))];
  const order =
    x !== undefined && y !== undefined
      ? Math.sign(x - y)
      : Math.sign(Number(cellText(a) > cellText(b)) - Number(cellText(a) < cellText(b)));
  return descending ? -order : order;
}

function numberOf(text: string): number | undefined {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  return Number.isNaN(number) ? undefined : number;
}
