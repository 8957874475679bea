import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { errorCode } from '../core/system-error.ts';
import { namesIn } from './disk/files.ts';

/** What a folder is to flow, so that flow never takes a person's folder for a cache. */
export type CacheFolder =
  /** `version`: the number in VERSION. */
  | { readonly kind: 'cache'; readonly version: string }
  /** It can become a cache: it does not exist, or has no files of others. */
  | { readonly kind: 'new' }
  | { readonly kind: 'foreign'; readonly names: readonly string[] };

const VERSION = 'VERSION';
/** Every cache has one of them: `cas` comes right after VERSION, before any other name. */
const CONTENTS = ['cas', 'actions'];
/** A fresh clone can have these in a folder that it keeps for the cache. */
const OF_CLONES = /^(README.*|\.git.*|CACHEDIR\.TAG)$/i;
/** Leftovers of a flow that was killed while it made the cache. */
const BEGUN = /^VERSION(\.[0-9]+(\.link)?)?$/;

/** Whether flow has made a cache of this folder: commands that only look make none. */
export function isCache(root: string): boolean {
  return kindOf(root) === 'cache';
}

/** Whether a cache can begin there. It cannot in a folder with files of a person: opening it names these files. */
export function isNew(root: string): boolean {
  return kindOf(root) === 'new';
}

/** undefined: it cannot be read; opening it says why. */
function kindOf(root: string): CacheFolder['kind'] | undefined {
  try {
    return cacheFolder(root).kind;
  } catch {
    return undefined;
  }
}

export function cacheFolder(root: string): CacheFolder {
  const version = readVersion(root);
  if (version !== undefined && isNumber(version) && hasContents(root)) {
    return { kind: 'cache', version };
  }
  const names = namesIn(root);
  const again = readVersion(root);
  if (CONTENTS.some((name) => names.includes(name)) && again !== undefined) {
    // Another process made it meanwhile, or a power cut has emptied the file.
    if (isNumber(again)) return { kind: 'cache', version: again };
    if (again === '') return { kind: 'new' };
  }
  const begun = again === undefined || again === '' || isNumber(again);
  const foreign = names.filter((name) => !OF_CLONES.test(name) && !(begun && BEGUN.test(name)));
  if (foreign.length === 0) return { kind: 'new' };
  return { kind: 'foreign', names: names.filter((name) => !OF_CLONES.test(name)) };
}

const MAX_NAMED = 3;

/** The names of a folder's contents in a message. */
export function namesText(root: string, names: readonly string[]): string {
  const shown = [...names].sort().slice(0, MAX_NAMED);
  const more = names.length - shown.length;
  const text = shown.map((name) => (isFolder(join(root, name)) ? `${name}/` : name)).join(', ');
  return more > 0 ? `${text} and ${more} more` : text;
}

const isFolder = (path: string): boolean =>
  statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

const TAG = `Signature: 8a477f597d28d172789f06886806bc55
# flow made this folder: it is a cache, and backups can leave it out.
# See https://bford.info/cachedir/
`;
const GITIGNORE = `# flow made this folder: results are not for git.
*
!README*
`;

/** Tells backup programs and git what the folder is. Files of these names that exist stay. */
export function markCache(root: string): void {
  for (const [name, text] of [
    ['CACHEDIR.TAG', TAG],
    ['.gitignore', GITIGNORE],
  ] as const) {
    const path = join(root, name);
    if (existsSync(path)) continue;
    try {
      writeFileSync(path, text, { flag: 'wx' });
    } catch {
      // Another process wrote it, or the cache is read-only: nothing needs it.
    }
  }
}

/** undefined: absent. */
function readVersion(root: string): string | undefined {
  try {
    return readFileSync(`${root}${sep}${VERSION}`, 'utf8').trim();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

const isNumber = (text: string): boolean => /^[0-9]+$/.test(text);

const hasContents = (root: string): boolean =>
  CONTENTS.some((name) => existsSync(`${root}${sep}${name}`));
