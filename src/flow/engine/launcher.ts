import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { Worker } from 'node:worker_threads';
import type { Ending } from './executor.ts';

/** What becomes a process: the leader of its own group. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** For each of standard output and error a descriptor of this process, or `pipe`. */
  readonly output: readonly [number | 'pipe', number | 'pipe'];
}

export interface Launched {
  readonly pid: number;
  readonly exit: Promise<Ending>;
  /** Those that were asked for. */
  readonly pipes: readonly (Readable | null)[];
}

type Reply =
  { readonly id: number; readonly pid: number } | { readonly id: number; readonly ending: Ending };

interface Pending {
  readonly started: (pid: number) => void;
  readonly ended: (ending: Ending) => void;
}

/**
 * What the thread runs. It is the whole process that forks, so that stages remain children of the driver,
 * whose limits they inherit; only who waits for the fork and for the exec is another.
 */
const thread = `
const { spawn } = require('node:child_process');
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ id, program, args, cwd, env, output }) => {
  const tell = (ending) => parentPort.postMessage({ id, ending });
  const failed = ({ code, message }) => tell({ kind: 'spawn', code, message });
  try {
    const child = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', ...output] });
    child.once('error', failed);
    child.once('exit', (code, signal) =>
      tell(signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal }),
    );
    if (child.pid !== undefined) parentPort.postMessage({ id, pid: child.pid });
  } catch (error) {
    failed(error);
  }
});
`;

/**
 * Starts processes. A process as large as the driver takes some 1.5 ms to fork and to wait for the exec, in
 * which its thread does nothing else: with many stages to start, another thread does it.
 */
export class Launcher {
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #count = 0;
  #starting = 0;

  /** Many are going to be started. */
  prepare(): void {
    if (this.#worker !== undefined) return;
    this.#worker = new Worker(thread, { eval: true });
    this.#worker.on('message', (reply: Reply) => this.#receive(reply));
    this.#worker.on('error', (error) => this.#lost(error.message));
  }

  /** Processes may be there of which this one does not know yet. */
  get starting(): boolean {
    return this.#starting > 0;
  }

  /** An ending: it could not be started. */
  async launch(job: Launch): Promise<Launched | Ending> {
    const worker = this.#worker;
    // A pipe belongs to the thread that made it.
    if (worker === undefined || job.output.includes('pipe')) return launchHere(job);
    this.#count += 1;
    const id = this.#count;
    this.#starting += 1;
    return new Promise<Launched | Ending>((resolve) => {
      const started = (pid: number): void => resolve({ pid, exit, pipes: [null, null] });
      const exit = new Promise<Ending>((ended) => this.#pending.set(id, { started, ended }));
      // Of what could not be started; a promise that is resolved takes no other value.
      void exit.then(resolve);
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage({ id, ...job });
    }).finally(() => {
      this.#starting -= 1;
    });
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    await worker?.terminate();
  }

  #receive(reply: Reply): void {
    const pending = this.#pending.get(reply.id);
    if ('pid' in reply) pending?.started(reply.pid);
    else {
      this.#pending.delete(reply.id);
      pending?.ended(reply.ending);
    }
  }

  /** Its processes still run: who waits for them ends them. */
  #lost(message: string): void {
    this.#worker = undefined;
    for (const id of this.#pending.keys()) {
      this.#receive({ id, ending: { kind: 'spawn', code: undefined, message } });
    }
  }
}

async function launchHere({ program, args, cwd, env, output }: Launch): Promise<Launched | Ending> {
  try {
    const stdio = ['ignore' as const, ...output];
    const child = spawn(program, args, { cwd, env, detached: true, stdio });
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
