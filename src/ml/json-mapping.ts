// Reads JSON files that others wrote, whose form must be checked.

/** Removes the byte order mark that editors on Windows write. */
export function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

export type Fields = Readonly<Record<string, unknown>>;

/** @throws naming the file, if it is not a JSON mapping */
export function parseMapping(text: string, file: string): Fields {
  let json: unknown;
  try {
    json = JSON.parse(withoutMark(text));
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Fields;
  throw new Error(`${file}: not a mapping`);
}

/** @throws a message that begins with `what`, for the first field of another type */
export function checkFields(
  value: unknown,
  types: Readonly<Record<string, 'boolean' | 'string' | 'number'>>,
  what: string,
): void {
  const fields = (typeof value === 'object' ? (value ?? {}) : {}) as Fields;
  for (const [name, type] of Object.entries(types)) {
    const found = fields[name];
    if (typeof found === type) continue;
    throw new Error(`${what} has the ${name} ${JSON.stringify(found) ?? 'absent'}, not a ${type}`);
  }
}
