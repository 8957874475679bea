import { parseArgs } from 'node:util';
import { backendsFolder, INSTALLED_NAMES } from '../backend/installed.ts';
import type { InstalledName } from '../backend/installed.ts';
import { addBackend, listBackends, removeBackend } from './add.ts';
import { ProvisionError } from './failure.ts';
import { Progress } from './progress.ts';
import type { Terminal } from './progress.ts';

interface Process {
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: Terminal;
  readonly stderr: Terminal;
}

const USAGE = `usage: flow backend add ${INSTALLED_NAMES.join('|')} [--wheels DIR] [--addon FILE]
       flow backend list
       flow backend remove ${INSTALLED_NAMES.join('|')}`;

/** @returns the exit code: 0, 1 where it did not work, 2 where the words are wrong */
export async function runBackendCommand(
  words: readonly string[],
  process: Process,
): Promise<number> {
  try {
    process.stdout.write(`${await perform(words, process)}\n`);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`error: ${error.message}\n${USAGE}\n`);
      return 2;
    }
    if (!(error instanceof ProvisionError)) throw error;
    process.stderr.write(`error: ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`  hint: ${error.hint}\n`);
    return 1;
  }
}

class UsageError extends Error {}

async function perform(words: readonly string[], { env, stderr }: Process): Promise<string> {
  const { verb, names, wheels, addon } = parse(words);
  const folder = backendsFolder(env);
  if (verb === 'list') {
    if (names.length > 0) throw new UsageError(`list cannot use '${names[0]}'`);
    const lines = listBackends(INSTALLED_NAMES, folder);
    return lines.length > 0 ? lines.join('\n') : `none in ${folder}`;
  }
  const name = installedName(verb, names);
  if (verb === 'add') {
    const progress = new Progress(stderr);
    return addBackend(name, { folder, env, progress, wheels, addon });
  }
  if (await removeBackend(name, folder)) return `${name} is removed`;
  throw new ProvisionError(`${name} is not in ${folder}`);
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
    throw new UsageError(`add, list or remove, not ${verb === 'nothing' ? verb : `'${verb}'`}`);
  }
  if (verb !== 'add' && (wheels ?? addon) !== undefined) {
    throw new UsageError('--wheels and --addon belong to add');
  }
  return { verb, names, wheels, addon } as const;
}

function installedName(verb: string, names: readonly string[]): InstalledName {
  const [name = '', ...more] = names;
  if (more.length > 0) throw new UsageError(`${verb} takes one name, not also '${more[0]}'`);
  const known = INSTALLED_NAMES.find((candidate) => candidate === name);
  if (known !== undefined) return known;
  const said = name === '' ? 'no name is given' : `'${name}' is no backend to ${verb}`;
  throw new UsageError(`${said}: ${INSTALLED_NAMES.join(', ')}`);
}
