import { isDigest } from '../../key/digest.ts';
import type { TreeEntry } from '../store.ts';
import { linkEnd } from './link-end.ts';

// A tree's canonical form: this first line, then one line of JSON an entry (keys sorted, no white space),
// entries sorted by the bytes of their UTF-8 paths. Folders are listed only when they are empty. The
// tree's digest is that of these bytes, and they are a blob.
const HEADER = 'flow.tree.v1\n';

export function encodeListing(entries: readonly TreeEntry[]): string {
  let text = HEADER;
  for (const entry of [...entries].sort((a, b) => compareUtf8(a.path, b.path))) {
    text += line(entry);
  }
  return text;
}

function line(entry: TreeEntry): string {
  const path = JSON.stringify(entry.path);
  switch (entry.type) {
    case 'file':
      return `{"digest":"${entry.digest}","exec":${entry.exec},"path":${path},"size":${entry.size},"type":"file"}\n`;
    case 'dir':
      return `{"path":${path},"type":"dir"}\n`;
    case 'link':
      return `{"path":${path},"target":${JSON.stringify(entry.target)},"type":"link"}\n`;
  }
}

/** Undefined if it is not a listing, or if it would reach outside its folder. */
export function decodeListing(text: string): readonly TreeEntry[] | undefined {
  if (!text.startsWith(HEADER) || !text.endsWith('\n')) return undefined;
  const rows = parseRows(text.slice(HEADER.length, -1));
  if (rows === undefined) return undefined;
  const entries: TreeEntry[] = [];
  let last: TreeEntry | undefined;
  for (const row of rows) {
    const entry = entryOf(row);
    if (entry === undefined) return undefined;
    if (last !== undefined && compareUtf8(last.path, entry.path) >= 0) return undefined;
    entries.push(entry);
    last = entry;
  }
  return isSound(entries) ? entries : undefined;
}

/** Parses all lines at once, which is several times faster. */
function parseRows(lines: string): readonly unknown[] | undefined {
  if (lines === '') return [];
  try {
    return JSON.parse(`[${lines.replaceAll('\n', ',')}]`) as readonly unknown[];
  } catch {
    return undefined;
  }
}

/** The row itself, not a copy: there may be a hundred thousand. What else it says is read by nobody. */
function entryOf(row: unknown): TreeEntry | undefined {
  if (typeof row !== 'object' || row === null) return undefined;
  const { type, path, exec, size, digest, target } = row as Partial<Record<string, unknown>>;
  if (typeof path !== 'string' || !isPlainPath(path)) return undefined;
  if (type === 'dir') return row as TreeEntry;
  if (type === 'link') return isTarget(target) ? (row as TreeEntry) : undefined;
  if (type !== 'file' || typeof exec !== 'boolean') return undefined;
  if (typeof digest !== 'string' || !isDigest(digest)) return undefined;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
  return row as TreeEntry;
}

const isTarget = (target: unknown): target is string =>
  typeof target === 'string' && target !== '' && !target.includes('\0');

/** Whether no part of it is empty, `.` or `..`. */
const isPlainPath = (path: string): boolean => !/(?:^|\/)\.{0,2}(?:\/|$)|\0/.test(path);

/** Whether no entry is below a file or a link, and no link leaves the tree. */
function isSound(entries: readonly TreeEntry[]): boolean {
  const folders = new Set<string>();
  let known = '';
  for (const { path } of entries) {
    // Neighbours are usually in one folder, which is checked once.
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    if (folder === known) continue;
    known = folder;
    for (let at = folder.indexOf('/'); at !== -1; at = folder.indexOf('/', at + 1)) {
      folders.add(folder.slice(0, at));
    }
  }
  const links = linksOf(entries);
  return entries.every(
    ({ type, path }) =>
      !folders.has(path) && (type !== 'link' || linkEnd(path, links) === 'inside'),
  );
}

export function linksOf(entries: readonly TreeEntry[]): ReadonlyMap<string, string> {
  const links = new Map<string, string>();
  for (const entry of entries) if (entry.type === 'link') links.set(entry.path, entry.target);
  return links;
}

export const sizeOf = (entries: readonly TreeEntry[]): number =>
  entries.reduce((sum, entry) => sum + (entry.type === 'file' ? entry.size : 0), 0);

/**
 * Order of the strings' UTF-8 bytes. UTF-16 code units order alike except that surrogates (code points
 * above U+FFFF) sort below U+E000..U+FFFF, so those two ranges are swapped.
 */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  if (unit < 0xd800) return unit;
  return unit < 0xe000 ? unit + 0x2000 : unit - 0x800;
}
