import { existsSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Result } from '../../core/result.ts';
import { type Io, type Refusal, usage } from '../args/command.ts';

/** Refused if a file is where a folder has to be. `folder`: absolute. */
export function notBelowFile({ cwd }: Io, folder: string): Result<never, Refusal> | undefined {
  const file = fileAbove(folder);
  if (file === undefined) return undefined;
  const message = `${path.relative(cwd, file)} is a file, so nothing can be below it`;
  return usage('exists', message, 'write the path of an existing or a new folder');
}

/** The first path, or parent of it, that exists and is not a folder. */
function fileAbove(folder: string): string | undefined {
  for (let at = folder; at !== path.dirname(at); at = path.dirname(at)) {
    if (existsSync(at)) return statSync(at).isDirectory() ? undefined : at;
  }
  return undefined;
}
