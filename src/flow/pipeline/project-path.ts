import path from 'node:path';

/** A path below some folder, normalised, with `/`; undefined if it is absolute, empty or leaves it. */
export function pathBelow(text: string): string | undefined {
  if (text === '' || text.includes('\0') || path.posix.isAbsolute(text)) return undefined;
  const normal = path.posix.normalize(text).replace(/\/$/, '');
  return normal === '.' || normal === '..' || normal.startsWith('../') ? undefined : normal;
}

/** Begins as a source does: with ./ ../ or /. */
export function isSourcePath(text: string): boolean {
  return /^(\.{0,2}\/|\.{1,2}$)/.test(text);
}

/** What no path of a pipeline may be made of, for a person; undefined: nothing is wrong. */
export function unfitName(text: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- what it looks for
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) return 'contains a control character';
  const long = text.split('/').find((part) => Buffer.byteLength(part) > LONGEST_NAME);
  return long && `has a part of ${Buffer.byteLength(long)} bytes; the maximum is ${LONGEST_NAME}`;
}

/** Bytes of a name, on every usual file system. */
const LONGEST_NAME = 255;
