import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isJsonObject } from '../../core/json.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { foldersUp } from '../paths.ts';

// Which tsconfig.json a bundle obeys, the files that it extends, and where its `paths` send imports. One
// file counts for a whole bundle, found below the project root, so that nothing above the root matters.

export interface TsConfig {
  /** Absolute paths: the nearest one to the entry, then the files that it extends. */
  readonly files: readonly string[];
  /** Absolute candidates for a bare import, without extension, in the order tried. */
  candidates(specifier: string): readonly string[];
}

/** The nearest tsconfig.json from the entry's folder up to the root. */
export function findTsConfig(root: string, entry: string): string | undefined {
  return foldersUp(dirname(entry), root)
    .map((folder) => join(folder, 'tsconfig.json'))
    .find((file) => existsSync(file));
}

/** `parse` reads JSON with comments (esbuild-bundler.ts has a parser at hand); undefined: unreadable. */
export function readTsConfig(file: string, parse: (text: string) => Json | undefined): TsConfig {
  const files: string[] = [];
  let paths: { readonly base: string; readonly map: JsonObject } | undefined;
  let baseUrl: string | undefined;

  // Depth first, the extending file last: it overrides what it extends.
  const visit = (path: string): void => {
    if (files.includes(path)) return;
    files.push(path);
    const config = asObject(readJson(path, parse));
    const parents = config['extends'] ?? [];
    for (const parent of Array.isArray(parents) ? parents : [parents]) {
      const found = typeof parent === 'string' ? findExtended(path, parent) : undefined;
      if (found !== undefined) visit(found);
    }
    const options = asObject(config['compilerOptions']);
    if (typeof options['baseUrl'] === 'string')
      baseUrl = resolve(dirname(path), options['baseUrl']);
    if (options['paths'] !== undefined) {
      paths = { base: baseUrl ?? dirname(path), map: asObject(options['paths']) };
    }
  };
  visit(file);

  return {
    files,
    candidates: (specifier) => {
      const found = Object.entries(paths?.map ?? {}).flatMap(([pattern, targets]) => {
        const star = matchPattern(pattern, specifier);
        if (star === undefined || !Array.isArray(targets)) return [];
        return targets
          .filter((target) => typeof target === 'string')
          .map((target) =>
            resolve(
              paths?.base ?? '',
              target.replace('*', () => star),
            ),
          );
      });
      return baseUrl === undefined ? found : [...found, resolve(baseUrl, specifier)];
    },
  };
}

/** The text that `*` matches; empty for a pattern without `*`. */
function matchPattern(pattern: string, specifier: string): string | undefined {
  const star = pattern.indexOf('*');
  if (star < 0) return pattern === specifier ? '' : undefined;
  const [head, tail] = [pattern.slice(0, star), pattern.slice(star + 1)];
  const fits =
    specifier.length >= head.length + tail.length &&
    specifier.startsWith(head) &&
    specifier.endsWith(tail);
  return fits ? specifier.slice(head.length, specifier.length - tail.length) : undefined;
}

function findExtended(from: string, name: string): string | undefined {
  const bases: string[] = [];
  if (/^(\.{0,2}\/|\.{1,2}$)/.test(name)) {
    bases.push(resolve(dirname(from), name));
  } else {
    bases.push(
      ...foldersUp(dirname(from), '/').map((folder) => join(folder, 'node_modules', name)),
    );
  }
  return bases
    .flatMap((base) => [base, `${base}.json`, join(base, 'tsconfig.json')])
    .find((path) => path.endsWith('.json') && existsSync(path));
}

function readJson(path: string, parse: (text: string) => Json | undefined): Json | undefined {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}

function asObject(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}
