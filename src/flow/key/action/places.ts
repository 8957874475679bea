import type { Stats } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';

/** The number of levels below a watched folder at which flow sees a change. */
const DEPTH = 2;

/**
 * The state of a file or folder for `watch:`: names, sizes and times, no content. A missing file is
 * also a state.
 */
export async function describePlace(
  text: string,
  root: string,
  env: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  return describe(placeOf(text, root, env), '', DEPTH);
}

/**
 * `~/` is the home folder, and `~/.cache/` the user's cache folder, which XDG_CACHE_HOME may name by the
 * XDG base directory specification. Other paths are the project's, or absolute.
 */
export function placeOf(text: string, root: string, env: NodeJS.ProcessEnv): string {
  const cache = env['XDG_CACHE_HOME'];
  if (/^~\/\.cache(\/|$)/.test(text) && cache !== undefined && isAbsolute(cache)) {
    return join(cache, text.slice('~/.cache'.length));
  }
  return text === '~' || text.startsWith('~/')
    ? join(env['HOME'] ?? homedir(), text.slice(1))
    : resolve(root, text);
}

async function describe(path: string, name: string, depth: number): Promise<readonly string[]> {
  let found: Stats;
  try {
    found = await stat(path);
  } catch {
    return [`${name} absent`];
  }
  if (!found.isDirectory()) return [`${name} ${found.size} ${found.mtimeMs}`];
  if (depth === 0) return [`${name}/`];
  const names = (await readdir(path).catch(() => [])).sort();
  const inside = await Promise.all(
    names.map((one) => describe(join(path, one), `${name}/${one}`, depth - 1)),
  );
  return [`${name}/`, ...inside.flat()];
}
