import type { PreviewTable } from './preview.ts';

/**
 * CSV as in RFC 4180: quotes around fields that contain commas, quotes or newlines. In TSV a quote
 * is a plain character. The first row has the names of the columns.
 */
export function parseDelimited(text: string, kind: 'csv' | 'tsv'): PreviewTable {
  const [columns = [], ...rows] =
    kind === 'tsv'
      ? text.split(/\r?\n/).flatMap((line) => (line === '' ? [] : [line.split('\t')]))
      : parseCsv(text);
  return { columns, rows };
}

function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/y;
  field.lastIndex = text.startsWith('\ufeff') ? 1 : 0;
  while (field.lastIndex < text.length) {
    const match = field.exec(text);
    // A quote inside an unquoted field, or one that never closes: the rest is not CSV.
    if (!match) break;
    const [, quoted, plain = '', end = ''] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') {
      if (field.lastIndex === text.length) row.push('');
      else continue;
    }
    if (row.length > 1 || row[0] !== '') rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}

/** A field in the form of CSV. */
export function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
