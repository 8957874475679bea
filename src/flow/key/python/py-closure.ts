import { existsSync, realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Failure } from '../../core/events.ts';
import type { Digest } from '../../core/ids.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import { canonicalJson } from '../canonical.ts';
import { digestBytes, hexOf } from '../digest.ts';
import { thisMoment } from '../files/file-times.ts';
import { KEPT_BYTES, keepWatched, recallWatched } from '../files/memo.ts';
import type { Blobs, Memo } from '../files/memo.ts';
import { chooserFiles, findPython } from './python-interpreter.ts';
import type { Python, PythonClosure, PythonModule, PythonPlace } from './python.ts';
import type { Watch, Watcher } from '../files/watch.ts';

/** Increase it when the form of the memo changes. */
const FORMAT = 'python.v4';

export interface PyClosureOptions {
  readonly root: string;
  readonly memo: Memo;
  readonly blobs: Blobs;
  readonly python: Python;
  readonly watcher: Watcher;
  readonly env: NodeJS.ProcessEnv;
}

export interface PyRequest {
  /** Project-relative. */
  readonly entry: string;
  /** Project-relative files of `code:`. */
  readonly code: readonly string[];
  /** Whether `code:` lists anything. */
  readonly declared: boolean;
  /** PYTHON… variables that the stage declares. */
  readonly variables: Readonly<Record<string, string>>;
}

interface Remembered {
  readonly watches: readonly Watch[];
  readonly closure: PythonClosure;
}

/** The closure of a py stage. The memo holds the state of every file that its imports could lead to. */
export async function resolvePyClosure(
  options: PyClosureOptions,
  request: PyRequest,
): Promise<Result<PythonClosure, Failure>> {
  const { root, memo, watcher, env } = options;
  const interpreter = findPython(root, env);
  if (interpreter === undefined) {
    return err({
      reason: 'code',
      message: `${request.entry} needs Python, but flow found none`,
      hint: 'install python3 on PATH, or create an environment: python3 -m venv .venv',
    });
  }
  const name = memoName(options, request, interpreter);
  const remembered = await recallWatched<Remembered>(memo, name, watcher);
  if (remembered !== undefined) return checked(root, request, remembered.closure);
  const found = await findClosure(options, request, interpreter);
  if (!found.ok) return found;
  const { watches, closure } = found.value;
  // Errors are not remembered, so that flow sees a repair.
  const result = checked(root, request, closure);
  if (result.ok && watches !== undefined) {
    await keepWatched(memo, name, { watches, closure });
  }
  return result;
}

/** The modules in a manifest: paths and syntax trees, without comments. */
export function digestModules(modules: readonly PythonModule[]): Digest {
  const listing = modules.map(({ path, syntax }) => ({ path, syntax }));
  return digestBytes(`flow.python.v1\n${canonicalJson(listing)}`);
}

async function findClosure(
  { root, python, env, blobs, watcher: earlier }: PyClosureOptions,
  { entry, code, variables }: PyRequest,
  interpreter: string,
): Promise<
  Result<
    { readonly watches: readonly Watch[] | undefined; readonly closure: PythonClosure },
    Failure
  >
> {
  if (!existsSync(join(root, entry))) {
    return err({ reason: 'code', message: `${entry} does not exist` });
  }
  const begin = thisMoment();
  // A new look at the files: an earlier one can be older than what Python reads now.
  const watcher = earlier.anew();
  const found = await python.closure({
    interpreter,
    env: { ...withoutPython(env), ...variables },
    root,
    entry,
    code: code.filter((path) => path.endsWith('.py')),
  });
  if (!found.ok) return found;
  const closure = found.value;
  const chosen = realpathSync(interpreter) !== realpathSync(closure.executable);
  const modules = await Promise.all(
    closure.modules.map(({ file, bytes }) => watcher.take('file', file, bytes)),
  );
  const listed = new Set(closure.modules.map(({ file }) => file));
  const followed = code.map((path) => join(root, path)).filter((file) => !listed.has(file));
  const surroundings = await Promise.all([
    ...followed.map((file) => watcher.take('file', file)),
    ...closure.lookedAt.map(({ folder, names }) => watcher.takeModules(folder, names)),
    ...closure.site.map((folder) => watcher.take('tree', folder)),
    ...[...closure.interpreterFiles, ...closure.distributionRecords].map((file) =>
      watcher.take('file', file),
    ),
    ...(chosen ? [interpreter, ...chooserFiles(root, env)] : []).map((file) =>
      watcher.take('file', file),
    ),
  ]);
  await keepSources(blobs, closure.modules);
  const torn = watcher.changedSince(surroundings, begin);
  return ok({ watches: torn ? undefined : [...modules, ...surroundings], closure });
}

function withoutPython(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('PYTHON')));
}

function memoName(
  { python, env }: PyClosureOptions,
  { entry, code, variables }: PyRequest,
  interpreter: string,
): string {
  // pyenv's shims, and whichever else stands in for an interpreter, obey variables of theirs.
  const choosers = Object.entries(env).filter(([name]) => /^(PYENV|ASDF|MISE|RTX|UV)_/.test(name));
  const about = {
    entry,
    code,
    variables,
    // A link to another place is another interpreter.
    interpreter: [interpreter, realpathSync(interpreter)],
    choosers: Object.fromEntries(choosers.map(([name, value]) => [name, value ?? null])),
    home: env['HOME'] ?? null,
    python: python.version,
  };
  return `${FORMAT}-${hexOf(digestBytes(canonicalJson(about)))}`;
}

/** The first error. */
function checked(
  root: string,
  { entry, declared }: PyRequest,
  closure: PythonClosure,
): Result<PythonClosure, Failure> {
  const at = ({ file, line }: { readonly file: string; readonly line: number }): string =>
    `${relative(root, file)}:${line}`;

  const [broken] = closure.broken;
  if (broken !== undefined) return refuse(`${at(broken)}: ${broken.message}`);
  const [relativeImport] = closure.relative;
  if (relativeImport !== undefined) {
    return refuse(
      `${at(relativeImport)}: a relative import leads out of its package`,
      `import by name, from the script's folder or from the project's root: ${entry} runs as a script, which has no package`,
    );
  }
  const [escape] = declared ? [] : closure.escapes;
  if (escape !== undefined) {
    return refuse(
      `${placeOf(at, escape)}: ${describe(escape.what)}, so it would not be in the key`,
      "import modules by name, or list the files that can be loaded under 'code:'",
    );
  }
  // If the author lists code, the search path can change to find more.
  const certain = !(declared && closure.escapes.length > 0);
  const missing = closure.missing.find(({ lazy }) => !lazy && certain);
  if (missing !== undefined) {
    return refuse(
      `${at(missing)} imports '${missing.name}', which ${closure.executable} does not find`,
      `install it (${closure.executable} -m pip install …), or correct the name`,
    );
  }
  return ok(closure);
}

function refuse(message: string, hint?: string): Result<never, Failure> {
  return err({ reason: 'code', message, ...(hint === undefined ? {} : { hint }) });
}

function placeOf(at: (place: PythonPlace) => string, place: PythonPlace): string {
  return `${at(place)}:${place.column}`;
}

function describe(what: string): string {
  if (what === 'compiled') return 'flow cannot read the imports of a compiled module';
  if (what.startsWith('sys.') || what === '__path__') {
    return `after a change of ${what}, flow cannot tell which modules are imported`;
  }
  return `flow cannot tell what ${what} loads`;
}

/** Kept so that a later explanation can show the changed lines. */
async function keepSources(blobs: Blobs, modules: readonly PythonModule[]): Promise<void> {
  await Promise.all(
    modules.map(async ({ file, bytes }) => {
      const content = await readFile(file);
      if (content.length <= KEPT_BYTES && digestBytes(content) === bytes) {
        await blobs.putBytes(content, false);
      }
    }),
  );
}
