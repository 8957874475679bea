import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { unreachable } from '../../core/result.ts';
// oxlint-disable-next-line import/default -- the bundler makes it: program-text.d.ts
import program from './host.ts?program';
import { line, onMessage } from './host-messages.ts';
import type { Order, Report, Start } from './host-messages.ts';

/** How a process ended, as Node tells it: a death by one of the signals 32 to 64 reads as exit code 0. */
export interface RawEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

export interface Refused {
  readonly code: string | undefined;
  readonly message: string;
}

export interface Started {
  readonly id: number;
  readonly pid: number;
  /** 'lost': the host has ended before it could tell. */
  readonly end: Promise<RawEnd | 'lost'>;
}

interface Pending {
  readonly started: (result: Started | Refused | 'lost') => void;
  readonly failed: (error: Error) => void;
  readonly ended: (end: RawEnd | 'lost') => void;
  readonly written: () => void;
  readonly end: Started['end'];
  readonly whole: Promise<void>;
}

/** The driver's side of its host (host.ts), which starts all its stages. */
export class StageHost {
  /** Resolves, with the reason in words, when the host has ended by itself. */
  readonly lost: Promise<string>;
  #lose: (why: string) => void = () => undefined;
  #why: string | undefined;
  readonly #pending = new Map<number, Pending>();
  #child: ChildProcess | undefined;
  /** Resolves when the host has ended. */
  #gone: Promise<void> = Promise.resolve();
  #closed = false;
  #count = 0;
  /** Orders that nobody waits for go with the next one. */
  #late = '';

  constructor() {
    this.lost = new Promise((resolve) => {
      this.#lose = resolve;
    });
  }

  /** Starts the host: it takes some 30 ms to be there. What it is told meanwhile waits in its pipe. */
  prepare(): void {
    if (this.#child !== undefined || this.#closed) return;
    const child = spawn(process.execPath, ['-e', program], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#child = child;
    this.#gone = new Promise((resolve) => {
      const end = (how: string): void => {
        resolve();
        this.#lostBy(how);
      };
      child.once('error', ({ message }) => end(message));
      // Not before its pipes are closed: what it is just forking holds them, too, until it is a stage.
      child.once('close', (code, signal) => end(`it ended with ${signal ?? `exit code ${code}`}`));
    });
    // Without descriptors left there is no child, hence no pipes: `error` follows.
    child.stdin?.on('error', () => undefined);
    if (child.stdout !== null) onMessage<Report>(child.stdout, (report) => this.#receive(report));
  }

  /** Rejects where the log cannot be opened; 'lost': it may have been started. */
  start(process: Omit<Start, 'id'>): Promise<Started | Refused | 'lost'> {
    if (this.#why !== undefined) return Promise.resolve({ code: undefined, message: this.#why });
    this.prepare();
    this.#count += 1;
    const id = this.#count;
    return new Promise((started, failed) => {
      let [ended, written]: [Pending['ended'], Pending['written']] = [() => undefined, () => undefined]; // prettier-ignore
      const end = new Promise<RawEnd | 'lost'>((resolve) => (ended = resolve));
      const whole = new Promise<void>((resolve) => (written = resolve));
      this.#pending.set(id, { started, failed, ended, written, end, whole });
      this.#send({ type: 'start', id, ...process });
    });
  }

  /** Nothing of it is left. Resolves when its log is whole. */
  async forget(id: number, masked: boolean): Promise<void> {
    const pending = this.#pending.get(id);
    if (masked) this.#send({ type: 'forget', id });
    else this.#sendLate({ type: 'forget', id });
    if (masked) await pending?.whole;
    this.#pending.delete(id);
  }

  /** Resolves when the host has ended, so that its time is counted with this process's. */
  async close(): Promise<void> {
    if (!this.#closed) this.#send({ type: 'end' });
    this.#closed = true;
    await this.#gone;
  }

  #send(order: Order): void {
    this.#child?.stdin?.write(this.#late + line(order));
    this.#late = '';
  }

  #sendLate(order: Order): void {
    if (this.#late === '') {
      setImmediate(() => {
        if (this.#late !== '') this.#child?.stdin?.write(this.#late);
        this.#late = '';
      });
    }
    this.#late += line(order);
  }

  #receive(report: Report): void {
    const pending = this.#pending.get(report.id);
    if (pending === undefined) return;
    switch (report.type) {
      case 'started':
        return pending.started({ id: report.id, pid: report.pid, end: pending.end });
      case 'ended':
        return pending.ended(report);
      case 'written':
        return pending.written();
      case 'refused':
        this.#pending.delete(report.id);
        if (report.what === 'process') return pending.started(report);
        return pending.failed(Object.assign(new Error(report.message), { code: report.code }));
      default:
        unreachable(report);
    }
  }

  /** Its processes may still run: who waits for them ends them. */
  #lostBy(how: string): void {
    if (this.#closed || this.#why !== undefined) return;
    this.#why = `the process that starts stages is gone: ${how}`;
    for (const { started, ended, written } of this.#pending.values()) {
      started('lost');
      ended('lost');
      written();
    }
    this.#lose(this.#why);
  }
}
