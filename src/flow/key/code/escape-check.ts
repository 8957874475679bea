import { posix } from 'node:path';
import type { Failure } from '../../core/events.ts';
import { unreachable } from '../../core/result.ts';
import type { Escape } from './bundler.ts';

/** The files that `code:` of an instance lists. */
export interface Declared {
  readonly declared: boolean;
  /** Project-relative. */
  readonly files: ReadonlySet<string>;
}

/**
 * The first file that the bundle would load at run time, and that `code:` does not list.
 * A computed target may be any file: then something has to stand under `code:`, and the author knows what.
 * `file` of each escape is project-relative here.
 */
export function findUncovered(
  escapes: readonly Escape[],
  entry: string,
  declared: Declared,
): Failure | undefined {
  const escape = escapes.find((one) => !isCovered(one, entry, declared));
  if (escape === undefined) return undefined;
  return {
    reason: 'code',
    message: `${escape.file}:${escape.line}:${escape.column}: the bundler cannot follow ${describe(escape)}, so it would not be in the key`,
    hint: hintFor(escape, entry),
  };
}

function isCovered(escape: Escape, entry: string, { declared, files }: Declared): boolean {
  const { target } = escape;
  if (target === undefined || isFolder(target)) return declared;
  // A URL with a scheme does not name a file of the project.
  if (/^(?!file:)[a-z][a-z0-9+.-]*:/i.test(target)) return true;
  // The plain path of a worker is relative to the working directory, which has the project's
  // layout.
  if (escape.what === 'worker') return files.has(posix.normalize(target));
  // The bundle runs in the entry's folder, so the path must mean the same file there.
  const meant = posix.join(posix.dirname(escape.file), target);
  return files.has(meant) && meant === posix.join(posix.dirname(entry), target);
}

function isFolder(target: string): boolean {
  return /(^|\/)(\.{0,2})$/.test(target);
}

function describe({ what, target }: Escape): string {
  const argument = target === undefined ? '…' : `'${target}'`;
  switch (what) {
    case 'import':
      return `a computed import(${argument})`;
    case 'url':
      return `new URL(${argument}, import.meta.url)`;
    case 'worker':
      return `new Worker(${argument})`;
    case 'require':
      return `require(${argument})`;
    default:
      return unreachable(what);
  }
}

function hintFor({ what, target, file }: Escape, entry: string): string {
  if (what === 'url' && target !== undefined && /\.(wasm|bin|txt|json)$/.test(target)) {
    return `import the file instead: import bytes from '${target}'`;
  }
  if (target === undefined)
    return "list the files that it can load under 'code:', or import them by name";
  const elsewhere = posix.dirname(file) !== posix.dirname(entry) && what !== 'worker';
  return elsewhere
    ? `the bundle runs in ${posix.dirname(entry)}/: import the file, or load it from ${entry} and list it under 'code:'`
    : `import the file, or list it under 'code:' (code: [${posix.join(what === 'worker' ? '' : posix.dirname(file), target)}])`;
}
