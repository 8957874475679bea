import { isJsonObject } from '../../core/json.ts';

/** `{ a: { b: 1 } }` -> `a.b` 1. Lists are leaves: they have no names. */
export function flatten(
  value: Readonly<Record<string, unknown>>,
  before = '',
): [string, unknown][] {
  return Object.entries(value).flatMap(([key, inner]): [string, unknown][] =>
    isJsonObject(inner) && Object.keys(inner).length > 0
      ? flatten(inner, `${before}${key}.`)
      : [[`${before}${key}`, inner]],
  );
}
