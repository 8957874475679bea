import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import type { StageEvent } from '../core/events.ts';
import { failpoint } from '../store/failpoints.ts';
import { endEscapees } from './escapees.ts';
import type { Ending, Executor, Job, Submitted } from './executor.ts';
import {
  endGroup,
  gracePeriodMs,
  groupEnds,
  groupLives,
  signalFollowers,
  signalGroup,
} from './process-group.ts';
import { isMarkedStranger } from './mark.ts';
import { RedactedOutput } from './redacted-output.ts';
import { ResourceMeter } from './resource-use.ts';
import type { ResourceUse } from './resource-use.ts';
import { StageEvents } from './stage-events.ts';
import { Watchdog } from './watchdog.ts';
import { asWrapped, endWithStage } from './wrapped.ts';

/** Milliseconds; a longer timer fires at once. */
const longestTimer = 2 ** 31 - 1;

/** Jobs as processes of this machine, each the leader of its own group. */
export class LocalExecutor implements Executor {
  readonly #watchdog: Watchdog;
  readonly #clock: () => number;
  /** Of the jobs that run: groups, which are sessions, too. */
  readonly #groups = new Set<number>();

  constructor(env: NodeJS.ProcessEnv, clock: () => number) {
    this.#watchdog = new Watchdog(env);
    this.#clock = clock;
  }

  submit(job: Job, receive: (event: StageEvent) => void): Submitted {
    return new LocalProcess(job, receive, this.#watchdog, this.#groups, this.#clock);
  }

  async prepare(): Promise<void> {
    await this.#watchdog.ready();
  }

  close(): Promise<number> {
    return this.#watchdog.close();
  }
}

class LocalProcess implements Submitted {
  readonly ended: Promise<Ending>;
  readonly #job: Job;
  readonly #watchdog: Watchdog;
  readonly #groups: Set<number>;
  readonly #clock: () => number;
  #group: number | undefined;
  #alone = false;
  /** Why it is being ended, if it is. */
  #reason: 'timeout' | 'cancelled' | undefined;
  /** When TERM becomes KILL. */
  #killAt = Infinity;
  #use: ResourceUse | undefined;
  #killTimer: NodeJS.Timeout | undefined;

  constructor(
    job: Job,
    receive: (event: StageEvent) => void,
    watchdog: Watchdog,
    groups: Set<number>,
    clock: () => number,
  ) {
    this.#job = job;
    this.#watchdog = watchdog;
    this.#groups = groups;
    this.#clock = clock;
    this.ended = this.#run(receive);
  }

  use(): ResourceUse | undefined {
    return this.#use;
  }

  alone(): boolean {
    return this.#alone;
  }

  cancel(): void {
    this.#end('cancelled');
  }

  async #run(receive: (event: StageEvent) => void): Promise<Ending> {
    const job = this.#job;
    const tmpdir = path.join(job.scratch, 'tmp');
    const marked = await this.#watchdog.ready();
    if (this.#reason !== undefined) return { kind: this.#reason };
    this.#watchdog.expect(tmpdir);
    failpoint('stage.expected');
    const startedAt = performance.now();
    const started = start(job);
    if (!(started instanceof Started)) return started;
    const { child } = started;
    const group = child.pid;
    if (group === undefined) {
      const ending = await started.exit;
      await started.output?.close();
      return ending;
    }
    this.#group = group;
    this.#groups.add(group);
    failpoint('stage.spawned');
    this.#watchdog.watch(group, tmpdir);
    const events = new StageEvents(path.join(job.scratch, 'events.ndjson'), receive);
    const timeout =
      job.timeoutMs === undefined
        ? undefined
        : setTimeout(() => this.#end('timeout'), Math.min(job.timeoutMs, longestTimer));
    const meter = new ResourceMeter(group);
    if (job.wrapper?.by === 'strace') {
      endWithStage(group, job.wrapper.trace, job, started.exit);
    }
    const ending = asWrapped(await started.exit, job.wrapper);
    failpoint('stage.ended');
    clearTimeout(timeout);
    this.#use = meter.close();
    // Asked to end, the rest of its group has the same grace; otherwise it is killed, with what left
    // the group, before its outputs are read: they no longer change.
    if (this.#reason !== undefined) {
      await groupEnds(group, this.#killAt - this.#clock(), this.#clock);
    }
    clearTimeout(this.#killTimer);
    await endGroup(group);
    const escaped = await endEscapees(group, job, performance.now() - startedAt);
    this.#groups.delete(group);
    this.#alone =
      marked &&
      escaped.ended === 0 &&
      !escaped.others.some((pid) => isMarkedStranger(pid, this.#groups));
    await started.output?.close();
    this.#group = undefined;
    this.#watchdog.forget(group);
    const bad = await events.close();
    if (escaped.ended > 0) {
      const text = `ended ${escaped.ended} process(es) that it had left behind in a session of their own`;
      receive({ type: 'note', text });
    }
    if (bad > 0) {
      receive({ type: 'note', text: `${bad} line(s) of its event file are no events: ignored` });
    }
    return this.#reason === undefined ? ending : { kind: this.#reason };
  }

  #end(reason: 'timeout' | 'cancelled'): void {
    const again = this.#reason !== undefined;
    // Cancelled wins over timeout: the run ends, and nobody retries.
    if (this.#reason !== 'cancelled') this.#reason = reason;
    if (this.#group === undefined) return;
    if (again) {
      this.#kill();
      return;
    }
    // Whoever is stopped goes on, to hear it.
    for (const signal of ['SIGTERM', 'SIGCONT'] as const) {
      if (this.#job.wrapper === undefined) signalGroup(this.#group, signal);
      else signalFollowers(this.#group, signal);
    }
    this.#killAt = this.#clock() + gracePeriodMs;
    this.#killTimer = setTimeout(() => this.#kill(), gracePeriodMs);
  }

  #kill(): void {
    this.#killAt = 0;
    if (this.#group !== undefined && groupLives(this.#group)) signalGroup(this.#group, 'SIGKILL');
  }
}

class Started {
  readonly child: ChildProcess;
  readonly exit: Promise<Ending>;
  readonly output: RedactedOutput | undefined;

  constructor(child: ChildProcess, { log, secrets = [] }: Job) {
    this.child = child;
    if (secrets.length > 0) {
      this.output = new RedactedOutput(log, [child.stdout, child.stderr], secrets);
    }
    this.exit = new Promise((resolve) => {
      child.once('error', (error: NodeJS.ErrnoException) =>
        resolve({ kind: 'spawn', code: error.code, message: error.message }),
      );
      child.once('exit', (code, signal) =>
        resolve(signal === null ? { kind: 'exit', code: code ?? 0 } : { kind: 'signal', signal }),
      );
    });
  }
}

/**
 * Output goes to files, not pipes: any amount, and a grandchild that keeps them open delays nobody. Only
 * what has secrets to hide goes through the driver.
 */
function start(job: Job): Started | Ending {
  const [program, ...args] = job.argv;
  if (program === undefined || program === '') {
    return { kind: 'spawn', code: 'ENOENT', message: 'the command is empty' };
  }
  const hidden = (job.secrets ?? []).length > 0;
  const log = openSync(job.log, 'a');
  const stdout = job.stdout === undefined ? log : openSync(job.stdout, 'w');
  try {
    const child = spawn(program, args, {
      cwd: job.scratch,
      env: job.env,
      detached: true,
      stdio: hidden
        ? ['ignore', job.stdout === undefined ? 'pipe' : stdout, 'pipe']
        : ['ignore', stdout, log],
    });
    return new Started(child, job);
  } catch (error) {
    // Thrown for what cannot be passed to a process at all: a NUL in an argument, too long a line.
    const { code, message } = error as NodeJS.ErrnoException;
    return { kind: 'spawn', code, message };
  } finally {
    closeSync(log);
    if (stdout !== log) closeSync(stdout);
  }
}
