import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';

/**
 * What runs the project's Python: its own environment in .venv, unless another one is active; otherwise
 * the first python3 of the PATH. A look at a few files, no process. Absolute; undefined: none.
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

/** The variables that say how Python works, of those that a stage declares. */
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

/** Which versions a chooser of interpreters (pyenv, asdf, mise) takes, beside its environment. */
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
