import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { errorCode } from '../../core/system-error.ts';
import type { Refused } from './host-messages.ts';

const found = new Map<string, string>();

/**
 * The path of a program on PATH, looked up once, or why the system would refuse to start it.
 *
 * @param cwd what a name with a slash is relative to, which stays as it is
 */
export function findProgram(name: string, searchPath = '', cwd = '/'): string | Refused {
  if (name === '') return { code: 'ENOENT', message: 'the command is empty' };
  const folders = name.includes('/') ? [''] : searchPath.split(path.delimiter);
  const isFixed = !name.includes('/') && folders.every((folder) => path.isAbsolute(folder));
  const key = JSON.stringify([name, searchPath]);
  const known = isFixed ? found.get(key) : undefined;
  if (known !== undefined) return known;
  let code = 'ENOENT';
  for (const folder of folders) {
    const file = path.resolve(cwd, folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) {
        if (isFixed) found.set(key, file);
        return name.includes('/') ? name : file;
      }
      code = 'EACCES';
    } catch (error) {
      if (errorCode(error) === 'EACCES') code = 'EACCES';
    }
  }
  return { code, message: `${code}: ${name}` };
}
