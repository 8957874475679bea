import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * The project's Python: its environment in .venv, unless another one is active; otherwise the first
 * python3 on PATH. Looks at a few files and starts no process. An absolute path; undefined if there
 * is none.
 */
export function findPython(root: string, env: NodeJS.ProcessEnv): string | undefined {
  const own = join(root, '.venv', 'bin', 'python');
  if ((env['VIRTUAL_ENV'] ?? '') === '' && isProgram(own)) return own;
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => isAbsolute(folder))
    .map((folder) => join(folder, 'python3'))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Those declared variables that change how Python works. */
export function pythonVariables(
  declared: readonly { readonly name: string }[],
  env: NodeJS.ProcessEnv,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    declared
      .filter(({ name }) => name.startsWith('PYTHON') && env[name] !== undefined)
      .map(({ name }) => [name, env[name] ?? '']),
  );
}

/**
 * The versions that a version manager (pyenv, asdf, mise) chooses, in addition to its environment.
 */
export function chooserFiles(root: string, env: NodeJS.ProcessEnv): readonly string[] {
  const home = env['HOME'] ?? '/';
  const pyenv = env['PYENV_ROOT'] ?? join(home, '.pyenv');
  const names = ['.python-version', '.tool-versions', 'mise.toml', '.mise.toml'];
  const folders: string[] = [home];
  for (let folder = root; ; folder = join(folder, '..')) {
    folders.push(folder);
    if (folder === '/') break;
  }
  return [
    join(pyenv, 'version'),
    ...folders.flatMap((folder) => names.map((name) => join(folder, name))),
  ];
}
