import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import path from 'node:path';
import type { Failure } from '../../core/events.ts';
import { err, ok, type Result } from '../../core/result.ts';
import { messageOf } from '../../core/system-error.ts';
import { CodeResolver } from '../../key/code/code-resolver.ts';
import type { Program } from '../../pipeline/read/project-programs.ts';
import type { DiskStore } from '../../store/disk-store.ts';
import { openStore } from '../../store/open-store.ts';
import { type Ended, type Io, refuse, type Refusal } from '../args/command.ts';
import { type Project, refuseCache } from './project.ts';

/**
 * Runs a program of the project as a person would: in the working directory, with the whole environment
 * and FLOW_ROOT. A TypeScript one is bundled as a stage is, so that it needs no build step.
 */
export async function withProgram<T>(
  program: Program,
  project: Project,
  words: readonly string[],
  run: (argv: readonly string[]) => Promise<Result<T, Refusal>>,
): Promise<Result<T, Refusal>> {
  const { command } = program;
  if (command.kind === 'cmd') return run([...command.argv, ...words]);
  const opened = await openStore(project.cache);
  if (!opened.ok) return refuseCache(opened.error);
  const store = opened.value;
  const folder = store.scratch.create();
  try {
    const file = await placeBundle(store, project, command.entry, folder);
    if (!file.ok) {
      const { message, hint } = file.error;
      return refuse(2, { code: 'code', message, ...(hint !== undefined && { hint }) });
    }
    return await run([process.execPath, '--enable-source-maps', file.value, ...words]);
  } finally {
    store.scratch.remove(folder);
    await store.close();
  }
}

interface Place {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Where and how a program of the project runs. */
export const placeOf = ({ root }: Project, { cwd, env }: Io): Place => ({
  cwd,
  env: { ...env, FLOW_ROOT: root },
});

/** Hands terminal and streams over to the program. @returns its exit code; 128 and more: by a signal */
export async function runInForeground(argv: readonly string[], place: Place): Promise<Ended> {
  const child = start(argv, place, 'inherit');
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal);
  process.on('SIGINT', leaveIt).on('SIGTERM', pass).on('SIGHUP', pass);
  try {
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return ok(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
  } catch (error) {
    return cannotStart(argv, error);
  } finally {
    process.off('SIGINT', leaveIt).off('SIGTERM', pass).off('SIGHUP', pass);
  }
}

/** The terminal sends Ctrl-C to both processes: the program decides what comes of it. */
function leaveIt(): void {}

/** What the program prints. Its standard error is shown. */
export async function captureOutput(
  argv: readonly string[],
  project: Project,
  io: Io,
): Promise<Result<{ readonly code: number | null; readonly stdout: string }, Refusal>> {
  const child = start(argv, placeOf(project, io), 'pipe');
  let stdout = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return ok({ code, stdout });
  } catch (error) {
    return cannotStart(argv, error);
  }
}

function start(
  [file = '', ...words]: readonly string[],
  place: Place,
  stdout: 'inherit' | 'pipe',
): ChildProcess {
  return spawn(file, words, { ...place, stdio: ['inherit', stdout, 'inherit'] });
}

function cannotStart([file = '']: readonly string[], error: unknown): Result<never, Refusal> {
  const message = `cannot start '${file}': ${messageOf(error)}`;
  return refuse(2, { code: 'cannot-start', message });
}

/** @returns the bundle's path, in a folder that finds the project's packages */
async function placeBundle(
  store: DiskStore,
  { root }: Project,
  entry: string,
  folder: string,
): Promise<Result<string, Failure>> {
  const resolver = new CodeResolver({
    root,
    memo: store.memo,
    blobs: store,
    cacheRoot: store.root,
  });
  const bundle = await resolver.program(entry);
  if (!bundle.ok) return bundle;
  const bytes = await bundle.value.bytes();
  if (!bytes.ok) return err(bytes.error);
  const file = path.join(folder, 'code', bundle.value.file);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, bytes.value);
  const map = await bundle.value.map();
  if (map !== undefined) writeFileSync(path.join(folder, 'code', bundle.value.mapFile), map);
  const modules = path.join(realpathSync(root), 'node_modules');
  if (existsSync(modules)) symlinkSync(modules, path.join(folder, 'node_modules'));
  return ok(file);
}
