import { namePattern } from '../../core/name-pattern.ts';
import { expandBraces, namesPath } from './glob.ts';
import type { Excluded } from './glob.ts';

// Files in a folder that do not count, such as those that a program writes next to its code.

/** The default of `exclude:`. */
export const DEFAULT_EXCLUDE: readonly string[] = [
  '__pycache__',
  '*.pyc',
  '.DS_Store',
  '.ipynb_checkpoints',
];

/** A pattern without `/` is compared with each name, another one with the path in the folder. */
export function excludedBy(patterns: readonly string[]): Excluded {
  const whole = patterns.flatMap((pattern) => expandBraces(pattern) ?? []);
  const plain = whole.map((pattern) => pattern.replace(/\/+$/, ''));
  const names = plain.filter((pattern) => !pattern.includes('/')).map(namePattern);
  const paths = plain.filter((pattern) => pattern.includes('/'));
  return (path, isFolder) => {
    const name = path.slice(path.lastIndexOf('/') + 1);
    return (
      names.some((pattern) => pattern.test(name)) ||
      paths.some((pattern) => namesPath(pattern, path, isFolder))
    );
  };
}
