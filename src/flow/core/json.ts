export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

/** A JSON object, for values of unknown type. Arrays and null are not objects here. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The maximum depth of JSON that flow reads. Deeper texts overflow the stack of recursive
 * functions.
 */
const MAX_LEVELS = 100;

/** Undefined if the text is not JSON or has more than 100 levels. */
export function parseJson(text: string): Json | undefined {
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function isTooDeep(text: string): boolean {
  let level = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (inString) {
      if (char === '\\') i++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') level++;
    else if (char === '}' || char === ']') level--;
    if (level > MAX_LEVELS) return true;
  }
  return false;
}
