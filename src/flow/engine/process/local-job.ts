import path from 'node:path';
import type { StageEvent } from '../../core/events.ts';
import { failpoint } from '../../store/disk/failpoints.ts';
import type { Ending, Job, Submitted } from './executor.ts';
import { endingOf, underShell } from './exit-status.ts';
import type { Order, Report } from './host-messages.ts';
import { gracePeriodMs } from './process-group.ts';
import { findProgram } from './program.ts';
import { ResourceMeter } from './resource-use.ts';
import type { ResourceUse } from './resource-use.ts';
import { StageEvents } from './stage-events.ts';

/** Milliseconds; a longer timer fires at once. */
const longestTimer = 2 ** 31 - 1;

type End = Extract<Report, { readonly type: 'ended' | 'refused' | 'lost' }>;

/** A job of a local executor, in the driver. */
export class LocalJob implements Submitted {
  readonly ended: Promise<Ending>;
  readonly job: Job;
  readonly #receive: (event: StageEvent) => void;
  readonly #tell: (order: Order) => void;
  #settle: (end: End) => void = () => undefined;
  #scanned: () => void = () => undefined;
  /** Its process group, while it runs. */
  group: number | undefined;
  /** Why it is being stopped, if it is. */
  #reason: 'timeout' | 'cancelled' | undefined;
  #isSent = false;
  #meter: ResourceMeter | undefined;
  #timeout: NodeJS.Timeout | undefined;

  constructor(job: Job, receive: (event: StageEvent) => void, tell: (order: Order) => void) {
    this.job = job;
    this.#receive = receive;
    this.#tell = tell;
    this.ended = this.#run();
  }

  use(): ResourceUse | undefined {
    return this.#meter?.close();
  }

  quiet(): Promise<void> {
    return new Promise((resolve) => {
      this.#scanned = resolve;
      this.#tell({ type: 'scan' });
    });
  }

  cancel(): void {
    this.#end('cancelled');
  }

  hear(report: Report): void {
    switch (report.type) {
      case 'started':
        this.group = report.pid;
        failpoint('stage.spawned');
        this.#meter = new ResourceMeter(report.pid);
        return;
      case 'left':
        this.#note(`flow killed ${report.count} process(es) that it left running`);
        return;
      case 'refused':
      case 'ended':
        return this.#settle(report);
      case 'scanned':
        return this.#scanned();
      case 'lost':
        this.#settle(report);
        this.#scanned();
    }
  }

  async #run(): Promise<Ending> {
    const { argv, scratch, env, wrapper } = this.job;
    // Who has submitted it may cancel it at once.
    await undefined;
    if (this.#reason !== undefined) return { kind: this.#reason };
    const [name = '', ...args] = argv;
    const program = findProgram(name, env['PATH'], scratch);
    if (typeof program !== 'string') return { kind: 'spawn', ...program };
    const command = [program, ...args];
    const events = new StageEvents(path.join(scratch, 'events.ndjson'), this.#receive);
    const end = await this.#follow(wrapper === undefined ? underShell(command) : command);
    failpoint('stage.ended');
    clearTimeout(this.#timeout);
    this.group = undefined;
    this.#meter?.close();
    const ignored = await events.close();
    if (ignored !== undefined) this.#note(ignored);
    if (end.type === 'refused') {
      const { code, message, syscall } = end;
      if (syscall === 'open') throw Object.assign(new Error(message), { code, syscall });
      return { kind: 'spawn', code, message };
    }
    // Without its host nobody knows how it would have ended: it counts as killed, like the host.
    if (end.type === 'lost') return { kind: 'signal', signal: 'SIGKILL' };
    return this.#reason === undefined ? endingOf(end) : { kind: this.#reason };
  }

  #follow(argv: readonly string[]): Promise<End> {
    const end = new Promise<End>((resolve) => {
      this.#settle = resolve;
    });
    this.#tell({ type: 'start', job: { ...this.job, argv } });
    this.#isSent = true;
    if (this.job.timeoutMs !== undefined) this.#endAfter(this.job.timeoutMs);
    failpoint('stage.expected');
    return end;
  }

  #note(text: string): void {
    this.#receive({ type: 'note', text });
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

  #end(reason: 'timeout' | 'cancelled'): void {
    const before = this.#reason;
    // A cancellation replaces an earlier timeout: the run ends without a retry. The grace period
    // continues.
    this.#reason = reason;
    if (!this.#isSent || before === 'timeout') return;
    this.#tell({ type: 'end', graceMs: before === undefined ? gracePeriodMs : 0 });
  }
}
