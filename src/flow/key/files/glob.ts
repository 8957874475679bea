import { readdirSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { namePattern } from '../../core/name-pattern.ts';

// Files that `code:` patterns name: `*`, `?`, `[abc]`, `{a,b}`, and `**` for any number of folders. A name
// that begins with a dot matches only where the pattern writes the dot; node_modules and .git never match.
// A folder's path stands for everything below it.

/** Whether a path in the folder is excluded; what is below an excluded folder is not asked for. */
export type Excluded = (path: string, isFolder: boolean) => boolean;

/** The maximum UTF-8 bytes of one pattern. */
const MAX_BYTES = 1024;
/** The maximum number of patterns after the expansion of braces. */
const MAX_EXPANSIONS = 1000;

/** Why a pattern matches no files. */
export interface PatternProblem {
  readonly message: string;
  readonly hint: string;
}

/**
 * Project-relative paths of the files that match, sorted; no file is a problem, too. `skip`: absolute
 * folders that the search does not enter; `most`: the search ends after so many files; `excluded`: files and
 * folders that only a name without special characters finds.
 */
export function findFiles(
  root: string,
  pattern: string,
  skip: ReadonlySet<string>,
  most = Infinity,
  excluded: Excluded = () => false,
): Result<readonly string[], PatternProblem> {
  const bytes = Buffer.byteLength(pattern);
  if (bytes > MAX_BYTES) {
    return problem(
      `a pattern has ${bytes} bytes; the maximum is ${MAX_BYTES}`,
      'write several shorter patterns',
    );
  }
  const expanded = expandBraces(pattern);
  if (expanded === undefined) {
    return problem(
      `the braces of '${pattern}' stand for more than ${MAX_EXPANSIONS} patterns`,
      'write * instead of the alternatives, or write the path of the folder',
    );
  }
  const found = new Set<string>();
  for (const plain of expanded) {
    const segments = plain.split('/').filter((segment) => segment !== '' && segment !== '.');
    new Search(root, skip, found, most, excluded).enter('', segments.map(compile));
  }
  if (found.size > 0) return ok([...found].sort());
  return problem(
    `'${pattern}' matches no file of the project`,
    'write a pattern relative to the project root: stages/helpers/**',
  );
}

function problem(message: string, hint: string): Result<never, PatternProblem> {
  return err({ message, hint });
}

/** Undefined if it exceeds the maximum. Braces without a comma are plain characters. */
export function expandBraces(pattern: string): readonly string[] | undefined {
  const plain: string[] = [];
  const waiting = [pattern];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const [, head = '', choices, tail = ''] = /^(.*?)\{([^{}]*,[^{}]*)\}(.*)$/.exec(next) ?? [];
    if (choices === undefined) plain.push(next);
    else waiting.push(...choices.split(',').map((choice) => head + choice + tail));
    if (plain.length + waiting.length > MAX_EXPANSIONS) return undefined;
  }
  return plain;
}

/** The pattern for one part of a path. */
interface Segment {
  /** `**` */
  readonly any: boolean;
  /** A plain name without special characters. */
  readonly literal: boolean;
  readonly fits: (name: string) => boolean;
}

const ANY: Segment = { any: true, literal: false, fits: (name) => !name.startsWith('.') };

function compile(text: string): Segment {
  if (text === '**') return ANY;
  const pattern = namePattern(text);
  return {
    any: false,
    literal: !/[*?[]/.test(text),
    fits: (name) => (text.startsWith('.') || !name.startsWith('.')) && pattern.test(name),
  };
}

/**
 * Whether a pattern of `findFiles` names this path or all that is below it, whatever exists. `path`: of a
 * file, or of a folder if `tree`.
 */
export function namesPath(pattern: string, path: string, tree: boolean): boolean {
  const names = path.split('/');
  return (expandBraces(pattern) ?? []).some((plain) => {
    const segments = plain.split('/').filter((segment) => segment !== '' && segment !== '.');
    return isNamed(segments.map(compile), names, tree);
  });
}

/** Follows all numbers of matched segments at once, so that many `**` cost no more than one. */
function isNamed(segments: readonly Segment[], names: readonly string[], tree: boolean): boolean {
  const end = segments.length;
  // After the last segment, everything below a folder matches.
  const at = (index: number): Segment => segments[index] ?? ANY;
  const skipped = (index: number): number => (index < end && at(index).any ? index + 1 : index);
  let reached = new Set([0]);
  for (const [depth, name] of names.entries()) {
    const next = new Set<number>();
    // `**` can match no folder. A set can grow while a loop reads it.
    for (const index of reached) {
      reached.add(skipped(index));
      const segment = at(index);
      if (!segment.fits(name)) continue;
      const entered = tree || depth < names.length - 1;
      if (segment.any) next.add(index);
      else if (index + 1 < end || segment.literal || !entered) next.add(index + 1);
    }
    reached = next;
  }
  return [...reached].some((index) => segments.slice(index).every(({ any }) => any));
}

/** Searches the project for one pattern without braces. */
class Search {
  readonly #root: string;
  readonly #skip: ReadonlySet<string>;
  readonly #found: Set<string>;
  readonly #most: number;
  readonly #excluded: Excluded;
  /** Folders with the number of remaining segments: several `**` reach one folder in many ways. */
  readonly #entered = new Set<string>();

  constructor(
    root: string,
    skip: ReadonlySet<string>,
    found: Set<string>,
    most: number,
    excluded: Excluded,
  ) {
    this.#excluded = excluded;
    this.#root = root;
    this.#skip = skip;
    this.#found = found;
    this.#most = most;
  }

  /** No segments left: everything below the folder matches. */
  enter(folder: string, segments: readonly Segment[]): void {
    const visit = `${segments.length} ${folder}`;
    if (this.#entered.has(visit)) return;
    this.#entered.add(visit);
    const [segment = ANY, ...rest] = segments;
    for (const entry of readFolder(join(this.#root, folder))) {
      if (this.#found.size >= this.#most) return;
      if (!segment.fits(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      // What a pattern writes out is meant.
      if (!segment.literal && this.#excluded(path, entry.isDirectory())) continue;
      switch (kindOf(entry, join(this.#root, path))) {
        case 'file':
          if (rest.length === 0) this.#found.add(path);
          break;
        case 'linked-folder':
          // Follows a link only if the pattern writes its name, so that a loop of links ends.
          if (segment.literal) this.enter(path, rest);
          break;
        case 'folder':
          if (entry.name === 'node_modules' || entry.name === '.git') break;
          if (this.#skip.has(join(this.#root, path))) break;
          if (segment.any) this.enter(path, segments);
          else if (segment.literal || rest.length > 0) this.enter(path, rest);
          break;
        case 'other':
          break;
      }
    }
    // `**` can also match no folder.
    if (segment.any && rest.length > 0) this.enter(folder, rest);
  }
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
