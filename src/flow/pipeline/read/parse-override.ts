import { isJsonObject } from '../../core/json.ts';
import { parseDocument } from 'yaml';
import type { Json } from '../../core/json.ts';
import type { ParamSpec } from '../spec.ts';

/** `-p NAME=VALUE`, `-p NAME+=VALUE`, `-p NAME.leaf=VALUE`. */
export interface Override {
  readonly text: string;
  readonly name: string;
  readonly leaf: readonly string[];
  readonly append: boolean;
  readonly value: string;
}

export function splitOverride(text: string): Override | undefined {
  const match = /^([A-Za-z_][\w-]*)((?:\.[\w-]+)*)(\+?)=(.*)$/s.exec(text);
  if (match === null) return undefined;
  return {
    text,
    name: match[1] as string,
    leaf: (match[2] as string).split('.').slice(1),
    append: match[3] === '+',
    value: match[4] as string,
  };
}

/**
 * The value as the param's type reads it: text unchanged, a comma list for a list, otherwise YAML.
 *
 * @param type of the param, or of the leaf that is set
 * @throws an `Error` with a message for the user
 */
export function readOverrideValue(value: string, type: string, nullable: boolean): Json {
  if (nullable && (value === '' || value === 'null')) return null;
  if (type === 'string' || type === 'path') return value;
  if (type.endsWith('[]') && !value.trimStart().startsWith('[')) {
    if (value.trim() === '') return [];
    const item = type.slice(0, -2);
    return commaList(value).map((part) =>
      readOverrideValue(isQuoted(part) ? String(readYaml(part)) : part, item, false),
    );
  }
  return readYaml(value);
}

/** The parts between commas. A part that is quoted completely can contain commas. */
function commaList(text: string): readonly string[] {
  const parts = text.matchAll(/\s*("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^,]*?)\s*(?:,|$)/gsy);
  const found = [...parts];
  // An empty match at the end is a part only after a comma.
  return found.slice(0, found.length - (text.endsWith(',') ? 0 : 1)).map(([, part = '']) => part);
}

const isQuoted = (text: string): boolean => /^(?:"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')$/s.test(text);

function readYaml(value: string): Json {
  const document = parseDocument(value, { version: '1.2', logLevel: 'silent' });
  if (document.errors.length > 0) throw new Error(`'${value}' is not valid YAML`);
  const parsed = document.toJS({ maxAliasCount: 0 }) as Json;
  refuseOdd(parsed, value);
  return parsed;
}

/** The type for the new value of a leaf: the type of its old value. */
export function leafType(old: Json | undefined): string {
  if (typeof old === 'string') return 'string';
  return Array.isArray(old) && old.every((item) => typeof item === 'string') ? 'string[]' : 'any';
}

function refuseOdd(value: Json, text: string): void {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new Error(`'${text}' is not a finite number`);
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.eE]/.test(text)) {
      throw new Error(`'${text}' is too large for an exact integer`);
    }
  } else if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) refuseOdd(item, text);
  } else if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      if (key === '__proto__') throw new Error("'__proto__' cannot be a name");
      refuseOdd(item, text);
    }
  }
}

/** Merges maps; replaces lists and scalars. */
export function mergeValue(old: Json | undefined, value: Json): Json {
  if (!isJsonObject(old) || !isJsonObject(value)) return value;
  const merged: Record<string, Json> = { ...old };
  for (const [key, item] of Object.entries(value)) merged[key] = mergeValue(old[key], item);
  return merged;
}

export function nullable(spec: ParamSpec): boolean {
  return spec.default === null;
}
