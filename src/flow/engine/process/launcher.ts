import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import type { Ending } from './executor.ts';

/** What becomes a process: the leader of its own group. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Standard output and error. */
  readonly output: readonly [Output, Output];
}

/** An open file (absolute; written at its end), or a pipe to this process. */
export type Output = { readonly file: string; readonly fd: number } | 'pipe';

export interface Launched {
  readonly pid: number;
  readonly exit: Promise<Ending>;
  /** Those that were asked for. */
  readonly pipes: readonly (Readable | null)[];
}

type Reply =
  | { readonly ready: true }
  | { readonly id: number; readonly pid: number }
  | { readonly id: number; readonly ending: Ending };

interface Pending {
  readonly started: (pid: number) => void;
  readonly ended: (ending: Ending) => void;
}

/**
 * What the other process does. It ignores the signals of a terminal, which mean the driver, and ends with
 * the driver: its channel closes, and what it has read but not begun by then it does not begin.
 */
const program = `
const { spawn } = require('node:child_process');
const { closeSync, openSync } = require('node:fs');
const driver = process.ppid;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
process.on('disconnect', () => process.exit());
process.on('message', ({ id, program, args, cwd, env, output }) => {
  if (process.ppid !== driver) process.exit();
  const tell = (ending) => process.send({ id, ending });
  const failed = ({ code, message }) => tell({ kind: 'spawn', code, message });
  const files = [];
  try {
    for (const { file } of output) files.push(openSync(file, 'a'));
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', ...files] });
    child.once('error', failed);
    child.once('exit', (code, signal) =>
      tell(signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal }),
    );
    if (child.pid !== undefined) process.send({ id, pid: child.pid });
  } catch (error) {
    failed(error);
  } finally {
    for (const file of files) closeSync(file);
  }
});
process.send({ ready: true });
`;

/**
 * Starts processes. A fork copies the page tables of the process that calls it, which for a driver takes a
 * multiple of what it takes for a bare Node, and holds its only thread until the exec: with many stages to
 * start, a bare Node does it.
 */
export class Launcher {
  readonly #pending = new Map<number, Pending>();
  #other: ChildProcess | undefined;
  /** It has said that it is there. */
  #ready = false;
  #closed = false;
  #count = 0;

  /** Many are going to be started. What is started until the other process is there is started here. */
  prepare(): void {
    if (this.#other !== undefined || this.#closed) return;
    const other = spawn(process.execPath, ['-e', program], {
      cwd: '/',
      env: {},
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#other = other;
    other.on('message', (reply: Reply) => this.#receive(reply));
    other.once('error', (error) => this.#lost(other, error.message));
    other.once('exit', () => this.#lost(other, 'what starts processes has ended'));
  }

  /** Who the parent of stages may be, beside this process. */
  get parent(): number | undefined {
    return this.#other?.pid;
  }

  /** An ending: it could not be started. */
  launch(job: Launch): Promise<Launched | Ending> {
    const other = this.#other;
    // A pipe belongs to the process that made it.
    if (other === undefined || !this.#ready || job.output.includes('pipe')) return launchHere(job);
    this.#count += 1;
    const id = this.#count;
    return new Promise<Launched | Ending>((resolve) => {
      const started = (pid: number): void => resolve({ pid, exit, pipes: [null, null] });
      const exit = new Promise<Ending>((ended) => this.#pending.set(id, { started, ended }));
      // Of what could not be started; a promise that is resolved takes no other value.
      void exit.then(resolve);
      // Where it has just ended, `exit` follows.
      other.send({ id, ...job }, () => undefined);
    });
  }

  /** Resolves when the other process has ended, so that its time is counted with this one's. */
  async close(): Promise<void> {
    this.#closed = true;
    const other = this.#other;
    if (other === undefined) return;
    this.#leave();
    if (other.exitCode === null && other.signalCode === null) await once(other, 'exit');
  }

  #leave(): void {
    if (this.#other?.connected === true) this.#other.disconnect();
    this.#other = undefined;
    this.#ready = false;
  }

  #receive(reply: Reply): void {
    if ('ready' in reply) {
      this.#ready = true;
      return;
    }
    const pending = this.#pending.get(reply.id);
    if ('pid' in reply) pending?.started(reply.pid);
    else {
      this.#pending.delete(reply.id);
      pending?.ended(reply.ending);
    }
  }

  /** Its processes may still run: who waits for them ends them. */
  #lost(other: ChildProcess, message: string): void {
    if (this.#other === other) this.#leave();
    for (const id of this.#pending.keys()) {
      this.#receive({ id, ending: { kind: 'spawn', code: undefined, message } });
    }
  }
}

async function launchHere({
  program: file,
  args,
  cwd,
  env,
  output,
}: Launch): Promise<Launched | Ending> {
  try {
    const stdio = ['ignore' as const, ...output.map((each) => (each === 'pipe' ? each : each.fd))];
    const child = spawn(file, args, { cwd, env, detached: true, stdio });
    const exit = new Promise<Ending>((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) =>
        resolve({ kind: 'spawn', code: error.code, message: error.message }),
      );
      child.once('exit', (code, signal) =>
        resolve(signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal }),
      );
    });
    if (child.pid === undefined) return await exit;
    return { pid: child.pid, exit, pipes: [child.stdout, child.stderr] };
  } catch (error) {
    // Thrown for what cannot be passed to a process at all: a NUL in an argument, too long a line.
    const { code, message } = error as NodeJS.ErrnoException;
    return { kind: 'spawn', code, message };
  }
}
