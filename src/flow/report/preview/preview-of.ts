import { isJsonObject, parseJson } from '../../core/json.ts';
import { formatBytes, plural } from '../format.ts';
import { parseDelimited } from './delimited.ts';
import { imageFacts } from './image.ts';
import { flatten } from './json.ts';
import { npyPreview } from './npy.ts';
import { type Preview, type PreviewTable, SHOWN } from './preview.ts';
import { safetensorsPreview } from './safetensors.ts';

// Recognises the format of a file by its name and first bytes: only common formats, none of a
// single project.

/**
 * The number of bytes from the start of a file that are enough for every format, also for the
 * headers of large models.
 */
export const HEAD_BYTES = 8 * 1024 * 1024;

/** @param head the whole file, or its first HEAD_BYTES */
export function previewOf(name: string, head: Uint8Array, size: number): Preview {
  const ending = /\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return (
    byEnding(ending, head, size) ??
    imageFacts(head) ??
    (isText(head) ? textPreview(decode(head), size > head.length) : binary(size))
  );
}

function byEnding(ending: string, head: Uint8Array, size: number): Preview | undefined {
  const whole = head.length === size;
  switch (ending) {
    case 'npy':
      return npyPreview(head, size);
    case 'safetensors':
      return safetensorsPreview(head, size);
    case 'csv':
    case 'tsv':
      if (!isText(head)) return undefined;
      return rowsPreview(ending.toUpperCase(), parseDelimited(text(head, whole), ending), whole);
    case 'json':
      return whole ? jsonPreview(decode(head)) : undefined;
    case 'jsonl':
    case 'ndjson':
      return jsonLinesPreview(text(head, whole), whole);
    default:
      return undefined;
  }
}

function rowsPreview(
  format: string,
  { columns, rows }: PreviewTable,
  whole: boolean,
): Preview | undefined {
  if (columns.length === 0) return undefined;
  const count = whole ? plural(rows.length, 'row') : `more than ${plural(rows.length, 'row')}`;
  const hidden = rows.length - SHOWN;
  return {
    format,
    brief: `${count}, ${plural(columns.length, 'column')}`,
    table: { columns, rows: rows.slice(0, SHOWN) },
    ...(hidden > 0 && {
      more: `and ${whole ? '' : 'more than '}${plural(hidden, 'more row', 'more rows')}`,
    }),
  };
}

function jsonPreview(source: string): Preview | undefined {
  const value = parseJson(source);
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.length > 0 && value.every(isJsonObject)) {
    return recordsPreview('JSON', value, true);
  }
  if (!isJsonObject(value)) return { ...textPreview(source, false), format: 'JSON' };
  const rows = flatten(value).map(([name, leaf]) => [name, cell(leaf)]);
  const shown = rows.slice(0, 4 * SHOWN);
  return {
    format: 'JSON',
    brief: plural(rows.length, 'value'),
    table: { columns: ['NAME', 'VALUE'], rows: shown },
    ...(rows.length > shown.length && { more: `and ${rows.length - shown.length} more` }),
  };
}

function jsonLinesPreview(source: string, whole: boolean): Preview | undefined {
  const values = source
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map(parseJson);
  if (values.length === 0 || !values.every(isJsonObject)) return undefined;
  return recordsPreview('JSON lines', values, whole);
}

function recordsPreview(
  format: string,
  records: readonly Readonly<Record<string, unknown>>[],
  whole: boolean,
): Preview | undefined {
  const flat = records.map((record) => new Map(flatten(record)));
  const columns = [...new Set(flat.slice(0, SHOWN).flatMap((record) => [...record.keys()]))];
  const rows = flat.map((record) =>
    columns.map((column) => (record.has(column) ? cell(record.get(column)) : '')),
  );
  return rowsPreview(format, { columns, rows }, whole);
}

function textPreview(source: string, cut: boolean): Preview {
  const lines = source.split('\n');
  if (lines.at(-1) === '') lines.pop();
  const hidden = lines.length - SHOWN;
  return {
    format: 'text',
    brief: `${cut ? 'more than ' : ''}${plural(lines.length, 'line')}`,
    lines: lines.slice(0, SHOWN),
    ...(hidden > 0 && {
      more: `and ${cut ? 'more than ' : ''}${plural(hidden, 'more line', 'more lines')}`,
    }),
  };
}

function binary(size: number): Preview {
  return { format: 'binary', brief: formatBytes(size) };
}

/** Without the last line, which may be incomplete. */
function text(head: Uint8Array, whole: boolean): string {
  const source = decode(head);
  return whole ? source : source.slice(0, source.lastIndexOf('\n') + 1);
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function isText(head: Uint8Array): boolean {
  return !head.subarray(0, 4096).includes(0);
}

function cell(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
