const types: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  gif: 'image/gif',
  jpeg: 'image/jpeg',
  jpg: 'image/jpeg',
  json: 'application/json',
  png: 'image/png',
  svg: 'image/svg+xml',
  tsv: 'text/tab-separated-values',
  txt: 'text/plain',
  yaml: 'application/yaml',
  yml: 'application/yaml',
  zip: 'application/zip',
};

/** By the extension of the name; undefined for an unknown extension. */
export function mediaTypeOf(path: string): string | undefined {
  return types[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ''];
}

/** The same, only for pictures. */
export function imageTypeOf(path: string): string | undefined {
  const type = mediaTypeOf(path);
  return type?.startsWith('image/') === true ? type : undefined;
}

export function dataUrl(type: string, bytes: Uint8Array): string {
  return `data:${type};base64,${Buffer.from(bytes).toString('base64')}`;
}
