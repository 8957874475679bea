import { isJsonObject } from '../../core/json.ts';
import path from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { Json } from '../../core/json.ts';
import { parseDelimited } from '../../report/preview/delimited.ts';
import { flatten } from '../../report/preview/json.ts';
import type { Session } from '../project/session.ts';

type Values = Readonly<Record<string, Json>>;

/** The rows of a file of numbers; text: why it has none; undefined: the cache has lost it. */
export async function valuesOf(
  { store }: Session,
  artifact: Artifact,
  name: string,
): Promise<readonly Values[] | string | undefined> {
  if (artifact.kind === 'tree')
    return `${name} is a folder; flow table needs a JSON, CSV or TSV file`;
  const bytes = await store.read(artifact);
  if (!bytes.ok) return undefined;
  const text = new TextDecoder().decode(bytes.value);
  const ending = path.extname(name).slice(1).toLowerCase();
  if (ending === 'csv' || ending === 'tsv') {
    const { columns, rows } = parseDelimited(text, ending);
    return rows.map((row) =>
      Object.fromEntries(columns.map((column, i) => [column, typed(row[i] ?? '')])),
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return `${name} is not a JSON, CSV or TSV file`;
  }
  const records = Array.isArray(value) ? value : [value];
  if (!records.every(isJsonObject))
    return `${name} does not contain a JSON object or a list of objects`;
  return records.map((record) => Object.fromEntries(flatten(record)) as Values);
}

/** A field of a table as JSON has it: numbers are numbers, what is empty is null. */
function typed(field: string): Json {
  if (field === '') return null;
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?$/.test(field) ? Number(field) : field;
}
