import { readdirSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';

// `code:` patterns: `*`, `?`, `[abc]`, `{a,b}` and `**` for any number of folders. A name that begins with
// a dot is taken only where the pattern writes the dot; node_modules and .git never. A folder's path
// stands for all below it.

/**
 * Project-relative paths of the files that match, sorted. `skip`: absolute folders not entered; `most`: no
 * more are looked for.
 */
export function findFiles(
  root: string,
  pattern: string,
  skip: ReadonlySet<string>,
  most = Infinity,
): readonly string[] {
  const found = new Set<string>();
  for (const plain of expandBraces(pattern)) {
    const segments = plain.split('/').filter((segment) => segment !== '' && segment !== '.');
    walk({ root, skip, found, most }, '', segments);
  }
  return [...found].sort();
}

interface Walk {
  readonly root: string;
  readonly skip: ReadonlySet<string>;
  readonly found: Set<string>;
  readonly most: number;
}

/** No segments: everything below the folder. */
function walk(state: Walk, folder: string, segments: readonly string[]): void {
  const [segment = '**', ...rest] = segments;
  const any = segment === '**';
  const literal = !/[*?[]/.test(segment);
  for (const entry of readFolder(join(state.root, folder))) {
    if (state.found.size >= state.most) return;
    if (any ? entry.name.startsWith('.') : !matchName(segment, entry.name)) continue;
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    switch (kindOf(entry, join(state.root, path))) {
      case 'file':
        if (rest.length === 0) state.found.add(path);
        break;
      case 'linked-folder':
        // Followed only where the pattern writes its name, so that a loop of links ends.
        if (literal) walk(state, path, rest);
        break;
      case 'folder':
        if (entry.name === 'node_modules' || entry.name === '.git') break;
        if (state.skip.has(join(state.root, path))) break;
        if (any) walk(state, path, ['**', ...rest]);
        else if (literal || rest.length > 0) walk(state, path, rest);
        break;
      case 'other':
        break;
    }
  }
  // `**` may also stand for no folder at all.
  if (any && rest.length > 0) walk(state, folder, rest);
}

function readFolder(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true });
  } catch {
    return [];
  }
}

function kindOf(entry: Dirent, path: string): 'file' | 'folder' | 'linked-folder' | 'other' {
  if (entry.isFile()) return 'file';
  if (entry.isDirectory()) return 'folder';
  if (!entry.isSymbolicLink()) return 'other';
  try {
    const stat = statSync(path);
    return stat.isFile() ? 'file' : stat.isDirectory() ? 'linked-folder' : 'other';
  } catch {
    return 'other';
  }
}

function matchName(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  const source = pattern.replace(/\*+|\?|\[!?[^\]]+\]|[^]/g, (token) => {
    if (token.startsWith('*')) return '.*';
    if (token === '?') return '.';
    if (token.length > 1)
      return `[${token.slice(1, -1).replace(/^!/, '^').replace(/\\/g, '\\\\')}]`;
    return token.replace(/[.+^$()|\\{}[\]]/, '\\$&');
  });
  return new RegExp(`^${source}$`, 's').test(name);
}

function expandBraces(pattern: string): readonly string[] {
  const match = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/.exec(pattern);
  if (match === null) return [pattern];
  const [, head = '', choices = '', tail = ''] = match;
  return choices.split(',').flatMap((choice) => expandBraces(head + choice + tail));
}
