import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync } from 'node:fs';
import path from 'node:path';
import { RedactedOutput } from '../secrets/redacted-output.ts';
import type { Escapees, Leave } from './escapees.ts';
import type { Job } from './executor.ts';
import type { Report } from './host-messages.ts';
import { endGroup, groupEnds, signalFollowers, signalGroup } from './process-group.ts';
import { endWithStage } from './straced.ts';

/** An earlier attempt may have put a FIFO in its place, whose reader nobody should wait for. */
const APPENDING =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK;

/** A stage in the host, from its start to the end of its process group. */
export class HostedStage {
  readonly #job: Job;
  readonly #escapees: Escapees;
  readonly #tell: (report: Report) => void;
  #group: number | undefined;
  /** When TERM becomes KILL, by performance.now(); absent: it is not asked to end. */
  #killAt: number | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  #leave: Leave = () => undefined;

  constructor(job: Job, escapees: Escapees, tell: (report: Report) => void) {
    this.#job = job;
    this.#escapees = escapees;
    this.#tell = tell;
    void this.#run().then(tell);
  }

  /** Sends TERM, and KILL after the grace period. */
  end(graceMs: number): void {
    const group = this.#group;
    if (group === undefined) return;
    if (this.#killAt === undefined) {
      // Wakes stopped processes, so that they receive it.
      for (const signal of ['SIGTERM', 'SIGCONT'] as const) {
        if (this.#job.wrapper === undefined) signalGroup(group, signal);
        else signalFollowers(group, signal);
      }
    }
    this.#killAt = performance.now() + graceMs;
    clearTimeout(this.#killTimer);
    this.#killTimer = setTimeout(() => this.kill(), graceMs);
  }

  kill(): void {
    if (this.#group !== undefined) signalGroup(this.#group, 'SIGKILL');
  }

  async #run(): Promise<Report> {
    try {
      const { child, output } = this.#spawn();
      const exit = once(child, 'exit');
      if (child.pid !== undefined) this.#begin(child.pid, exit);
      const [code, signal] = (await exit) as [number | null, string | null];
      await this.#endRest();
      // A process that still holds the pipes would delay the end of the log.
      if (output !== undefined) await this.#escapees.scan();
      await output?.close();
      return { type: 'ended', code, signal };
    } catch (error) {
      // Also thrown for what cannot be passed to a process at all: a NUL in an argument, too long a line.
      const { code, message, syscall } = error as NodeJS.ErrnoException;
      return { type: 'refused', syscall, code, message };
    }
  }

  /**
   * Output goes to files, not pipes: any amount, and a grandchild that keeps them open delays nobody. Only
   * what has secrets to hide goes through the host.
   */
  #spawn(): { readonly child: ChildProcess; readonly output: RedactedOutput | undefined } {
    const { argv, scratch, cwd = scratch, env, log, stdout, secrets = [] } = this.#job;
    const [program = '', ...args] = argv;
    const masked = secrets.length > 0;
    const files: number[] = [];
    try {
      for (const file of stdout === undefined ? [log] : [log, stdout]) {
        files.push(openSync(file, APPENDING));
      }
      const [errors = 0, out = errors] = files;
      const child = spawn(program, args, {
        cwd,
        env,
        detached: true,
        stdio: ['ignore', masked && stdout === undefined ? 'pipe' : out, masked ? 'pipe' : errors],
      });
      if (!masked || child.pid === undefined) return { child, output: undefined };
      files.shift();
      return { child, output: new RedactedOutput(errors, [child.stdout, child.stderr], secrets) };
    } finally {
      for (const file of files) closeSync(file);
    }
  }

  #begin(group: number, exit: Promise<unknown>): void {
    const { scratch, env, log, wrapper } = this.#job;
    this.#group = group;
    this.#leave = this.#escapees.watch(
      [scratch, path.dirname(env['TMPDIR'] ?? scratch), log],
      (count) => this.#tell({ type: 'left', count }),
    );
    this.#tell({ type: 'started', pid: group });
    if (wrapper?.by !== 'strace') return;
    endWithStage(group, wrapper.trace, exit, () => {
      this.#leave(group);
      void this.#escapees.scan();
    });
  }

  /**
   * Asked to end, the rest of its group has the same grace; otherwise it is killed before its outputs are
   * read.
   */
  async #endRest(): Promise<void> {
    const group = this.#group;
    if (group === undefined) return;
    if (this.#killAt !== undefined) await groupEnds(group, () => this.#killAt ?? 0);
    clearTimeout(this.#killTimer);
    await endGroup(group);
    this.#group = undefined;
    this.#leave();
  }
}
