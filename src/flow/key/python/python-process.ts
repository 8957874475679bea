import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Failure } from '../../core/events.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { digestBytes, hexOf } from '../digest.ts';
import type { Python, PythonClosure, PythonRequest } from './python.ts';

/** In src/ next to this file, in dist/ next to the chunks. */
const FOLDER = ['./python/', '../python/'].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);
const PROGRAM = [
  'closure.py',
  'distributions.py',
  'finder.py',
  'imports.py',
  'interpreter.py',
  'loaders.py',
];

/** After this time, the interpreter counts as broken. */
const TIMEOUT_MS = 120_000;
const MAX_BYTES = 256 * 1024 * 1024;

let version: string | undefined;

export const pythonProcess: Python = {
  get version() {
    version ??= hexOf(
      digestBytes(PROGRAM.map((name) => readFileSync(programFile(name), 'utf8')).join('\0')),
    ).slice(0, 16);
    return version;
  },
  closure: (request) =>
    new Promise((resolve) => {
      const { interpreter, env, root } = request;
      const options = {
        cwd: root,
        env,
        timeout: TIMEOUT_MS,
        maxBuffer: MAX_BYTES,
        encoding: 'utf8',
      } as const;
      const child = execFile(
        interpreter,
        [programFile('closure.py')],
        options,
        (error, stdout, stderr) => resolve(answer(request, error, stdout, stderr)),
      );
      // The process can exit before it has read this; its own message says why.
      child.stdin?.on('error', () => undefined);
      const { entry, code } = request;
      child.stdin?.end(JSON.stringify({ root, entry, code }));
    }),
};

function answer(
  { interpreter, entry }: PythonRequest,
  error: Error | null,
  stdout: string,
  stderr: string,
): Result<PythonClosure, Failure> {
  if (error === null) return ok(JSON.parse(stdout) as PythonClosure);
  const last = stderr.trimEnd().split('\n').at(-1);
  return err({
    reason: 'code',
    message: `${interpreter} cannot read the imports of ${entry}: ${last || error.message}`,
    hint: 'use Python 3.8 or later for py: stages',
  });
}

function programFile(name: string): string {
  const file = FOLDER.map((folder) => folder + name).find((path) => existsSync(path));
  if (file === undefined) throw new Error(`${name} is missing: run npm run build`);
  return file;
}
