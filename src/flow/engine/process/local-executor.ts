import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { StageEvent } from '../../core/events.ts';
import { endStrays } from './escapees.ts';
import type { Executor, Job, Submitted } from './executor.ts';
// oxlint-disable-next-line import/default -- the bundler makes it: program-text.d.ts
import program from './host.ts?program';
import { line, onLine } from './host-messages.ts';
import type { Order, Report } from './host-messages.ts';
import { LocalJob } from './local-job.ts';
import { endGroup } from './process-group.ts';

/**
 * Runs jobs as processes of this machine, each in its own process group. A host process starts
 * them: host.ts.
 */
export class LocalExecutor implements Executor {
  readonly lost: Promise<string>;
  #lose: (why: string) => void = () => undefined;
  #why: string | undefined;
  #host: ChildProcess | undefined;
  /** Resolves when the host has ended. */
  #gone: Promise<void> = Promise.resolve();
  #closed = false;
  readonly #jobs: LocalJob[] = [];

  constructor() {
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  /** The host needs about 30 ms to start. Messages wait in its pipe. */
  prepare(): void {
    if (this.#host !== undefined || this.#closed) return;
    const host = spawn(process.execPath, ['-e', program], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#host = host;
    this.#gone = new Promise((resolve) => {
      host.once('error', ({ message }) => resolve(this.#ended(message)));
      // Not before its pipes are closed: what it is just forking holds them, too, until it is a stage.
      host.once('close', (code, signal) => resolve(this.#ended(signal ?? `exit code ${code}`)));
    });
    // Without descriptors left there is no child, hence no pipes: `error` follows.
    host.stdin?.on('error', () => undefined);
    if (host.stdout === null || host.stdout === undefined) return;
    onLine<Report>(host.stdout, (report) => this.#jobs[report.id]?.hear(report));
  }

  submit(job: Job, receive: (event: StageEvent) => void): Submitted {
    this.prepare();
    const id = this.#jobs.length;
    const submitted = new LocalJob(job, receive, (order) => this.#tell(id, order));
    this.#jobs.push(submitted);
    return submitted;
  }

  /** Resolves when the host has ended, so that its time is counted with this process's. */
  async close(): Promise<void> {
    if (!this.#closed) this.#tell(-1, { type: 'close' });
    this.#closed = true;
    await this.#gone;
  }

  #tell(id: number, order: Order): void {
    const message = this.#why;
    if (message === undefined) this.#host?.stdin?.write(line(id, order));
    else {
      const refused = { type: 'refused', code: undefined, syscall: undefined, message } as const;
      const answer = order.type === 'start' ? refused : ({ type: 'scanned' } as const);
      void this.#gone.then(() => this.#jobs[id]?.hear(answer));
    }
  }

  /** By itself: what it has left running is ended. */
  async #ended(how: string): Promise<void> {
    if (this.#closed || this.#why !== undefined) return;
    this.#why = `the host process, which starts the stages, has ended: ${how}`;
    const groups = this.#jobs.flatMap(({ group }) => group ?? []);
    await Promise.all(groups.map((group) => endGroup(group)));
    const folders = this.#jobs.flatMap(({ job }) => [
      path.dirname(job.scratch),
      path.dirname(job.log),
    ]);
    await endStrays([...new Set(folders)]);
    for (const job of this.#jobs) job.hear({ type: 'lost' });
    this.#lose(this.#why);
  }
}
