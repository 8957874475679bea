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
