// One JSON object per line. A column is a key.
import type { Line } from './lines.ts';
import { NOT_UTF8, untilBlankEnd } from './table.ts';
import type { TableRow } from './table.ts';

export function* jsonlRows(lines: Iterable<Line>, wanted: readonly string[]): Generator<TableRow> {
  for (const { number: line, text } of untilBlankEnd(lines)) {
    if (text === undefined) {
      yield { line, problem: NOT_UTF8 };
      continue;
    }
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      yield { line, problem: `the line is not JSON: ${(error as Error).message}` };
      continue;
    }
    yield { line, ...objectCells(value, wanted) };
  }
}

/** The wanted values as texts; null is no value. */
export function objectCells(
  value: unknown,
  wanted: readonly string[],
): { readonly cells: readonly (string | undefined)[] } | { readonly problem: string } {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { problem: 'the line is not a JSON object' };
  }
  const fields = value as Readonly<Record<string, unknown>>;
  const cells: (string | undefined)[] = [];
  for (const name of wanted) {
    if (!Object.hasOwn(fields, name)) {
      const known = Object.keys(fields).join(', ');
      return { problem: `there is no column '${name}'; the row has ${known}` };
    }
    const field = fields[name] instanceof Date ? fields[name].toISOString() : fields[name];
    if (typeof field === 'object' && field !== null) return { problem: nested(name) };
    // It was rounded when it was read, so several ids could become one.
    if (Number.isInteger(field) && !Number.isSafeInteger(field)) {
      return {
        problem: `the column '${name}' has a number that is too large to be exact: write it in quotes`,
      };
    }
    cells.push(field === null || field === undefined ? undefined : String(field as string));
  }
  return { cells };
}

export function nested(name: string): string {
  return `the column '${name}' is nested, and a column must hold texts, numbers or booleans`;
}
