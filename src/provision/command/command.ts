import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { distance } from 'fastest-levenshtein';
import { backendsFolder, findInstalled, INSTALLED_NAMES } from '../../ml/backend/installed.ts';
import type { InstalledName } from '../../ml/backend/installed.ts';
import { addBackend } from './add.ts';
import { ProvisionError } from '../failure.ts';
import { PINS } from '../pins.ts';
import type { Pins } from '../pins.ts';
import { Progress } from '../fetch/progress.ts';
import type { Terminal } from '../fetch/progress.ts';
import { removeBackend } from './remove.ts';
import { bytesOf, formatMegabytes, OTHER_FOLDER_HINT } from '../disk.ts';

interface Process {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
}

const USAGE = `usage: flow backend add ${INSTALLED_NAMES.join('|')} [--wheels DIR] [--addon FILE]
       flow backend list
       flow backend remove ${INSTALLED_NAMES.join('|')}`;

/** @returns the exit code: 0 for success, 1 for a failure, 2 for a wrong command line */
export async function runBackendCommand(
  words: readonly string[],
  process: Process,
  pins: Pins = PINS,
): Promise<number> {
  try {
    process.stdout.write(`${await perform(words, process, pins)}\n`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${shown(error)}${USAGE}\n`);
      return 2;
    }
    const failure = error instanceof ProvisionError ? error : refusedBySystem(error);
    if (failure === undefined) throw error;
    process.stderr.write(shown(failure));
    return 1;
  }
}

/** The problem that a user can solve; undefined for a bug. */
function refusedBySystem(error: unknown): ProvisionError | undefined {
  const { code, message } = error as NodeJS.ErrnoException;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new ProvisionError(
        'the disk is full',
        `flow keeps what it has downloaded: run the same command again to continue, or ${OTHER_FOLDER_HINT}`,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
    case 'ENOTDIR':
    case 'EEXIST':
      return new ProvisionError(message, OTHER_FOLDER_HINT);
    default:
      return undefined;
  }
}

function shown({ message, hint }: UsageError | ProvisionError): string {
  return `error: ${message}\n${hint === undefined ? '' : `  hint: ${hint}\n`}`;
}

class UsageError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

async function perform(
  words: readonly string[],
  { env, stderr }: Process,
  pins: Pins,
): Promise<string> {
  const { verb, names, wheels, addon } = parse(words);
  const folder = backendsFolder(env);
  if (verb === 'list') {
    if (names.length > 0) throw new UsageError(`list takes no name, not '${names[0]}'`);
    const lines = listBackends(INSTALLED_NAMES, folder);
    return lines.length > 0 ? lines.join('\n') : `there are no backends in ${folder}`;
  }
  const name = installedName(verb, names);
  if (verb === 'add') {
    const progress = new Progress(stderr);
    try {
      return await addBackend(name, { folder, env, progress, pins, wheels, addon });
    } finally {
      progress.close();
    }
  }
  const bytes = await removeBackend(name, folder, pins);
  if (bytes !== undefined) return `removed ${name}: ${formatMegabytes(bytes)} are free again`;
  const here = INSTALLED_NAMES.filter((one) => findInstalled(one, folder) !== undefined);
  const hint = here.length > 0 ? `installed: ${here.join(', ')}` : 'no backend is installed';
  throw new ProvisionError(`${name} is not in ${folder}`, hint);
}

/** One line per installed backend. */
function listBackends(names: readonly InstalledName[], folder: string): readonly string[] {
  return names.flatMap((name) => {
    const found = findInstalled(name, folder);
    if (found === undefined) return [];
    const versions = Object.entries(found.about.versions);
    const [first] = versions;
    const what = first === undefined ? '' : `${first[0]} ${first[1]}`;
    return [`${name}  ${what}, ${formatMegabytes(bytesOf(found.folder))}  ${found.folder}`];
  });
}

function parse(words: readonly string[]) {
  let parsed;
  try {
    const options = { wheels: { type: 'string' }, addon: { type: 'string' } } as const;
    parsed = parseArgs({ args: [...words], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
  const [verb = 'nothing', ...names] = parsed.positionals;
  const { wheels, addon } = parsed.values;
  if (verb !== 'add' && verb !== 'list' && verb !== 'remove') {
    throw new UsageError(
      verb === 'nothing' ? 'write add, list or remove' : `'${verb}' is not add, list or remove`,
    );
  }
  if (verb !== 'add' && (wheels ?? addon) !== undefined) {
    throw new UsageError('only add takes --wheels and --addon');
  }
  for (const [option, place, wanted] of [
    ['wheels', wheels, 'folder'],
    ['addon', addon, 'file'],
  ] as const) {
    if (place === undefined) continue;
    const stat = statSync(place, { throwIfNoEntry: false });
    if (wanted === 'folder' ? stat?.isDirectory() === true : stat?.isFile() === true) continue;
    throw new UsageError(`--${option}: there is no ${wanted} '${place}'`);
  }
  return { verb, names, wheels, addon } as const;
}

/** Hints for backends that need no installation, and for other names of the installed ones. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  auto: "'auto' is not a backend: it chooses the first one that works on this machine",
  cpu: "'cpu' is always installed: you cannot add or remove it",
  wasm: "'wasm' is always installed: you cannot add or remove it",
  cuda: "did you mean 'tensorflow-gpu'?",
  gpu: "did you mean 'tensorflow-gpu', or 'webgpu'?",
  native: "did you mean 'tensorflow'?",
  tf: "did you mean 'tensorflow'?",
  tfjs: "did you mean 'tensorflow'?",
};
/** The maximum number of wrong letters in a name to suggest the right one. */
const NEAR = 3;

function installedName(verb: string, names: readonly string[]): InstalledName {
  const [name = '', ...more] = names;
  if (more.length > 0) throw new UsageError(`${verb} takes one name, not also '${more[0]}'`);
  const known = INSTALLED_NAMES.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  if (name === '') throw new UsageError(`${verb} needs a name: ${INSTALLED_NAMES.join(', ')}`);
  const near = nearest(name.toLowerCase());
  const hint = OTHER_NAMES[name.toLowerCase()] ?? (near === undefined ? `the names are ${INSTALLED_NAMES.join(', ')}` : `did you mean '${near}'?`); // prettier-ignore
  throw new UsageError(`you cannot ${verb} '${name}'`, hint);
}

function nearest(name: string): InstalledName | undefined {
  const [best] = INSTALLED_NAMES.map((known) => [distance(name, known), known] as const).sort(([a], [b]) => a - b); // prettier-ignore
  return best !== undefined && best[0] <= NEAR ? best[1] : undefined;
}
