import path from 'node:path';

/**
 * A normalised path below a folder, with `/`; undefined if the path is absolute, empty or leaves
 * the folder.
 */
export function pathBelow(text: string): string | undefined {
  if (text === '' || text.includes('\0') || path.posix.isAbsolute(text)) return undefined;
  const normal = path.posix.normalize(text).replace(/\/$/, '');
  return normal === '.' || normal === '..' || normal.startsWith('../') ? undefined : normal;
}

/** Whether the text begins like the path of a source: with ./ ../ or /. */
export function isSourcePath(text: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$)/.test(text);
}

/** Why a path cannot be in a pipeline, as a message; undefined if it can. */
export function unfitName(text: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- what it looks for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) return 'contains a control character';
  const long = text.split('/').find((part) => Buffer.byteLength(part) > LONGEST_NAME);
  return long && `has a part of ${Buffer.byteLength(long)} bytes; the maximum is ${LONGEST_NAME}`;
}

/** The maximum bytes of a name on common file systems. */
const LONGEST_NAME = 255;
