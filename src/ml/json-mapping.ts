// JSON files of others, of which nothing is known before it is looked at.

export type Fields = Readonly<Record<string, unknown>>;

/** @throws naming the file, where it is no JSON mapping */
export function parseMapping(text: string, file: string): Fields {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new Error(`${file}: ${(error as Error).message}`, { cause: error });
  }
  if (typeof json === 'object' && json !== null && !Array.isArray(json)) return json as Fields;
  throw new Error(`${file}: not a mapping`);
}
