import { closeSync, constants, openSync } from 'node:fs';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { StageEvent } from '../../core/events.ts';
import { failpoint } from '../../store/disk/failpoints.ts';
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
import { Launcher } from './launcher.ts';
import type { Launched } from './launcher.ts';
import { isMarkedStranger } from './mark.ts';
import { RedactedOutput } from '../secrets/redacted-output.ts';
import { ResourceMeter } from './resource-use.ts';
import type { ResourceUse } from './resource-use.ts';
import { StageEvents } from './stage-events.ts';
import { Watchdog } from './watchdog.ts';
import { asWrapped, endWithStage } from './wrapped.ts';

/** Milliseconds; a longer timer fires at once. */
const longestTimer = 2 ** 31 - 1;

/** What the jobs of an executor share. */
interface Shared {
  readonly watchdog: Watchdog;
  readonly launcher: Launcher;
  /** Of the jobs that run: groups, which are sessions, too. */
  readonly groups: Set<number>;
  readonly clock: () => number;
}

/**
 * So many stages are started by a process of their own, which takes some 40 ms to be there; and the driver
 * leaves V8's optimising compiler alone from then on: what it does for each is system calls, and the
 * compiler's threads would take the processors from the stages (an eighth of all CPU time for 1,000 small ones).
 */
const MANY = 100;

/** Jobs as processes of this machine, each the leader of its own group. */
export class LocalExecutor implements Executor {
  readonly #shared: Shared;

  constructor(env: NodeJS.ProcessEnv, clock: () => number) {
    const [watchdog, launcher] = [new Watchdog(env), new Launcher()];
    this.#shared = { watchdog, launcher, groups: new Set(), clock };
  }

  submit(job: Job, receive: (event: StageEvent) => void): Submitted {
    return new LocalProcess(job, receive, this.#shared);
  }

  prepare(count: number): void {
    void this.#prepare(count);
  }

  async #prepare(count: number): Promise<void> {
    if (count >= MANY) setFlagsFromString('--no-opt');
    const marked = await this.#shared.watchdog.ready();
    // Without the mark, nobody would find it and what it is about to start when the driver is killed.
    if (marked && count >= MANY) this.#shared.launcher.prepare();
  }

  async close(): Promise<number> {
    await this.#shared.launcher.close();
    return this.#shared.watchdog.close();
  }
}

class LocalProcess implements Submitted {
  readonly ended: Promise<Ending>;
  readonly #job: Job;
  readonly #shared: Shared;
  #group: number | undefined;
  #alone = false;
  /** Why it is being ended, if it is. */
  #reason: 'timeout' | 'cancelled' | undefined;
  /** When TERM becomes KILL. */
  #killAt = Infinity;
  #use: ResourceUse | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  #timeout: NodeJS.Timeout | undefined;

  constructor(job: Job, receive: (event: StageEvent) => void, shared: Shared) {
    this.#job = job;
    this.#shared = shared;
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
    const { watchdog, groups, clock } = this.#shared;
    const marked = await watchdog.ready();
    if (this.#reason !== undefined) return { kind: this.#reason };
    const expected = watchdog.expect(path.join(job.scratch, 'tmp'));
    failpoint('stage.expected');
    const startedAt = performance.now();
    const started = await start(job, this.#shared.launcher);
    if (!('pid' in started)) {
      watchdog.giveUp(expected);
      return started;
    }
    const group = started.pid;
    this.#group = group;
    groups.add(group);
    failpoint('stage.spawned');
    watchdog.watch(expected, group);
    this.#endIfAsked();
    const events = new StageEvents(path.join(job.scratch, 'events.ndjson'), receive);
    if (job.timeoutMs !== undefined) this.#endAfter(job.timeoutMs);
    const meter = new ResourceMeter(group);
    if (job.wrapper?.by === 'strace') {
      endWithStage(group, job.wrapper.trace, job, started.exit);
    }
    const ending = asWrapped(await started.exit, job.wrapper);
    failpoint('stage.ended');
    clearTimeout(this.#timeout);
    this.#use = meter.close();
    // Asked to end, the rest of its group has the same grace; otherwise it is killed, with what left
    // the group, before its outputs are read: they no longer change.
    if (this.#reason !== undefined) {
      await groupEnds(group, this.#killAt - clock(), clock);
    }
    clearTimeout(this.#killTimer);
    await endGroup(group);
    const escaped = await endEscapees(group, job, performance.now() - startedAt);
    groups.delete(group);
    const { parent } = this.#shared.launcher;
    this.#alone =
      marked &&
      escaped.ended === 0 &&
      !escaped.others.some((pid) => isMarkedStranger(pid, groups, parent));
    await started.output?.close();
    this.#group = undefined;
    watchdog.forget(group);
    const ignored = await events.close();
    if (escaped.ended > 0) {
      const text = `ended ${escaped.ended} process(es) that it had left behind in a session of their own`;
      receive({ type: 'note', text });
    }
    if (ignored !== undefined) receive({ type: 'note', text: ignored });
    return this.#reason === undefined ? ending : { kind: this.#reason };
  }

  /** Who is being ended already keeps what is left of its grace. */
  #endAfter(ms: number): void {
    this.#timeout = setTimeout(
      () => {
        if (ms > longestTimer) this.#endAfter(ms - longestTimer);
        else if (this.#reason === undefined) this.#end('timeout');
      },
      Math.min(ms, longestTimer),
    );
  }

  /** It was cancelled while it was being started. */
  #endIfAsked(): void {
    const reason = this.#reason;
    this.#reason = undefined;
    if (reason !== undefined) this.#end(reason);
  }

  #end(reason: 'timeout' | 'cancelled'): void {
    const before = this.#reason;
    // Cancelled wins over a timeout before it: the run ends, and nobody retries.
    this.#reason = reason;
    if (this.#group === undefined) return;
    if (before === 'cancelled') this.#kill();
    // Its grace goes on.
    if (before !== undefined) return;
    // Whoever is stopped goes on, to hear it.
    for (const signal of ['SIGTERM', 'SIGCONT'] as const) {
      if (this.#job.wrapper === undefined) signalGroup(this.#group, signal);
      else signalFollowers(this.#group, signal);
    }
    this.#killAt = this.#shared.clock() + gracePeriodMs;
    this.#killTimer = setTimeout(() => this.#kill(), gracePeriodMs);
  }

  #kill(): void {
    this.#killAt = 0;
    if (this.#group !== undefined && groupLives(this.#group)) signalGroup(this.#group, 'SIGKILL');
  }
}

type Started = Launched & { readonly output: RedactedOutput | undefined };

/** An earlier attempt may have put a FIFO in its place, whose reader nobody should wait for. */
const appending =
  constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NONBLOCK;

/**
 * Output goes to files, not pipes: any amount, and a grandchild that keeps them open delays nobody. Only
 * what has secrets to hide goes through the driver.
 */
async function start(job: Job, launcher: Launcher): Promise<Started | Ending> {
  const [program, ...args] = job.argv;
  if (program === undefined || program === '') {
    return { kind: 'spawn', code: 'ENOENT', message: 'the command is empty' };
  }
  const secrets = job.secrets ?? [];
  const log = openSync(job.log, appending);
  const stdout = job.stdout === undefined ? log : openSync(job.stdout, 'w');
  try {
    const { cwd = job.scratch, env } = job;
    const [out, error] = [
      { file: job.stdout ?? job.log, fd: stdout },
      { file: job.log, fd: log },
    ];
    const launched = await launcher.launch({
      program,
      args,
      cwd,
      env,
      output: secrets.length > 0 ? [job.stdout === undefined ? 'pipe' : out, 'pipe'] : [out, error],
    });
    if (!('pid' in launched)) return launched;
    const output =
      secrets.length === 0 ? undefined : new RedactedOutput(job.log, launched.pipes, secrets);
    return { ...launched, output };
  } finally {
    closeSync(log);
    if (stdout !== log) closeSync(stdout);
  }
}
