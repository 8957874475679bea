import path from 'node:path';
import type { StageEvent } from '../../core/events.ts';
import { failpoint } from '../../store/disk/failpoints.ts';
import { Escapees } from './escapees.ts';
import type { Leave } from './escapees.ts';
import type { Ending, Executor, Job, Submitted } from './executor.ts';
import { endingOf, underShell } from './exit-status.ts';
import { endGroup, gracePeriodMs, groupEnds, signalFollowers, signalGroup } from './process-group.ts'; // prettier-ignore
import { findProgram } from './program.ts';
import { ResourceMeter } from './resource-use.ts';
import type { ResourceUse } from './resource-use.ts';
import { StageEvents } from './stage-events.ts';
import { StageHost } from './stage-host.ts';
import type { Started } from './stage-host.ts';
import { endWithStage } from './straced.ts';

/** Milliseconds; a longer timer fires at once. */
const longestTimer = 2 ** 31 - 1;

/** What the jobs of an executor share. */
interface Shared {
  readonly host: StageHost;
  readonly escapees: Escapees;
  readonly clock: () => number;
}

/** Jobs as processes of this machine, each a group of its own. */
export class LocalExecutor implements Executor {
  readonly lost: Promise<string>;
  readonly #shared: Shared;

  constructor(clock: () => number) {
    this.#shared = { host: new StageHost(), escapees: new Escapees(), clock };
    this.lost = this.#shared.host.lost;
  }

  prepare(): void {
    this.#shared.host.prepare();
  }

  submit(job: Job, receive: (event: StageEvent) => void): Submitted {
    return new LocalProcess(job, receive, this.#shared);
  }

  async close(): Promise<void> {
    await this.#shared.host.close();
    await this.#shared.escapees.scan();
  }
}

class LocalProcess implements Submitted {
  readonly ended: Promise<Ending>;
  readonly #job: Job;
  readonly #shared: Shared;
  #group: number | undefined;
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

  quiet(): Promise<void> {
    return this.#shared.escapees.scan();
  }

  cancel(): void {
    this.#end('cancelled');
  }

  async #run(receive: (event: StageEvent) => void): Promise<Ending> {
    const { scratch, log } = this.#job;
    // Who has submitted it may cancel it at once.
    await undefined;
    if (this.#reason !== undefined) return { kind: this.#reason };
    const leave = this.#shared.escapees.watch(scratch, log, (count) => {
      const text = `ended ${count} process(es) that it had left behind in a session of their own`;
      receive({ type: 'note', text });
    });
    const started = await this.#start();
    if (started !== 'lost' && !('pid' in started)) return started;
    const events = new StageEvents(path.join(scratch, 'events.ndjson'), receive);
    if (started === 'lost') leave();
    const end = started === 'lost' ? 'lost' : await this.#follow(started, leave);
    if (end === 'lost') await this.quiet();
    const ignored = await events.close();
    if (ignored !== undefined) receive({ type: 'note', text: ignored });
    // Without its host nobody knows how it would have ended: it counts as killed, like the host.
    if (end === 'lost') return { kind: 'signal', signal: 'SIGKILL' };
    return this.#reason === undefined ? end : { kind: this.#reason };
  }

  /** An ending: it could not be started. */
  async #start(): Promise<Started | Ending | 'lost'> {
    const { argv, scratch, env, log, stdout, secrets = [], wrapper } = this.#job;
    const [name = '', ...args] = argv;
    const program = findProgram(name, env['PATH'] ?? '', scratch);
    if (typeof program !== 'string') return { kind: 'spawn', ...program };
    const starting = this.#shared.host.start({
      argv: wrapper === undefined ? underShell([program, ...args]) : [program, ...args],
      cwd: scratch,
      env,
      log,
      ...(stdout === undefined ? {} : { stdout }),
      secrets,
    });
    failpoint('stage.expected');
    const started = await starting;
    return started === 'lost' || 'pid' in started ? started : { kind: 'spawn', ...started };
  }

  /** Resolves when nothing of its group runs any more, and its log is whole. */
  async #follow({ id, pid: group, end }: Started, leave: Leave): Promise<Ending | 'lost'> {
    const { host, clock } = this.#shared;
    const { timeoutMs, wrapper, secrets = [] } = this.#job;
    this.#group = group;
    failpoint('stage.spawned');
    this.#endIfAsked();
    if (timeoutMs !== undefined) this.#endAfter(timeoutMs);
    const meter = new ResourceMeter(group);
    if (wrapper?.by === 'strace') {
      endWithStage(group, wrapper.trace, end, () => {
        leave(group);
        void this.quiet();
      });
    }
    const raw = await end;
    failpoint('stage.ended');
    clearTimeout(this.#timeout);
    this.#use = meter.close();
    // Asked to end, the rest of its group has the same grace; otherwise it is killed before its outputs are
    // read.
    if (this.#reason !== undefined && raw !== 'lost') {
      await groupEnds(group, this.#killAt - clock(), clock);
    }
    clearTimeout(this.#killTimer);
    await endGroup(group);
    this.#group = undefined;
    leave();
    const masked = secrets.length > 0;
    // What still holds the pipes to the host would hold up the end of its log.
    if (masked) await this.quiet();
    await host.forget(id, masked);
    return raw === 'lost' ? raw : endingOf(raw);
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
    if (this.#group !== undefined) signalGroup(this.#group, 'SIGKILL');
  }
}
