/** Control characters, and those that turn the direction of a line. */
// oxlint-disable-next-line no-control-regex -- what it looks for
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** A path as one line of a listing: as it stands, or quoted as in JSON where it could not be read so. */
export function shownName(path: string): string {
  if (path.search(HIDDEN) < 0 && !path.startsWith('"')) return path;
  return JSON.stringify(path).replaceAll(
    HIDDEN,
    (hidden) => `\\u${hidden.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
