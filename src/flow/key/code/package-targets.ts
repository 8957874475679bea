import { existsSync, realpathSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, isAbsolute, join } from 'node:path';
import { readJson } from './packages.ts';
import { foldersUp, isInside } from '../paths.ts';

/**
 * Absolute paths that the import of a package (`a/b`) or of the own package's `imports` (`#a`) may go
 * through, as they are written: each may be a link. Paths by pattern end before the `*`.
 */
export function packageTargets(
  root: string,
  specifier: string,
  importer: string,
): readonly string[] {
  if (isAbsolute(specifier) || isBuiltin(specifier)) return [];
  const folders = foldersUp(dirname(importer), isInside(root, importer) ? root : '/');
  if (specifier.startsWith('#')) {
    return folders.flatMap((folder) =>
      pathsIn(folder, readJson(join(folder, 'package.json'))['imports']),
    );
  }
  const [first = '', second = '', ...rest] = specifier.split('/');
  const [name, path] = first.startsWith('@')
    ? [join(first, second), rest.join('/')]
    : [first, [second, ...rest].join('/')];
  return folders
    .map((folder) => join(folder, 'node_modules'))
    .filter((modules) => existsSync(modules))
    .flatMap((modules) => {
      const place = join(modules, name);
      if (!isLinked(modules, name)) return [place];
      const { exports, main, module } = readJson(join(place, 'package.json'));
      return [place, join(place, path), ...pathsIn(place, [exports, main, module])];
    });
}

/** Installed files are known by their version, and need no look at the links among them. */
function isLinked(modules: string, name: string): boolean {
  const place = join(modules, name);
  return existsSync(place) && realpathSync(place) !== join(realpathSync(modules), name);
}

/** Of all texts in a member of package.json that name something in its folder. */
function pathsIn(folder: string, value: unknown): readonly string[] {
  if (typeof value === 'string') return [join(folder, value.replace(/\*.*$/s, ''))];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner) => pathsIn(folder, inner));
}
