import type { Failure } from '../../core/events.ts';
import type { Emit } from '../emit.ts';
import type { Ledger } from './ledger.ts';
import type { KnownResult } from '../survey/survey-memo.ts';
import type { ResolvedAction } from '../survey/resolve-action.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import { SingleFlight } from '../schedule/tasks.ts';
import type { Work, WorkTable } from './work.ts';

/** What happened to a task, told to all that keep book of it: scheduler, equal keys, ledger. */
export class Progress {
  readonly #scheduler: Scheduler;
  readonly #table: WorkTable;
  readonly #ledger: Ledger;
  readonly #emit: Emit;
  readonly #flights = new SingleFlight();

  constructor(scheduler: Scheduler, table: WorkTable, ledger: Ledger, emit: Emit) {
    this.#scheduler = scheduler;
    this.#table = table;
    this.#ledger = ledger;
    this.#emit = emit;
  }

  /** Its key is a miss: it waits for slots, or for a task of equal key. */
  queued(task: number, action: ResolvedAction): void {
    this.#scheduler.queue(task);
    this.#emit({ type: 'queued', id: this.#table.at(task).instance.id });
    if (!this.#flights.join(action.key, task)) this.#scheduler.hold(task);
  }

  /** A hit before anything started: the scheduler knows, and nobody can wait for its key. */
  found(task: number, result: KnownResult): void {
    const work = this.#table.at(task);
    work.made = result;
    this.#ledger.ended(work, 'hit', { savedMs: result.wallMs });
  }

  hit(task: number, result: KnownResult): void {
    const work = this.#done(task, result);
    this.#ledger.ended(work, 'hit', { savedMs: result.wallMs });
    this.#land(task, result);
  }

  ran(task: number, result: KnownResult): void {
    this.#ledger.ended(this.#done(task, result), 'ran');
    this.#land(task, result);
  }

  failed(task: number, failure: Failure): void {
    this.#scheduler.fail(task);
    this.#ledger.ended(this.#table.at(task), 'failed', { failure });
    this.left(task);
  }

  /** The scheduler gave it up. */
  ended(task: number, outcome: 'skipped' | 'cancelled'): void {
    this.left(task);
    this.#ledger.ended(this.#table.at(task), outcome);
  }

  /** It will not compute its key, at least not now: the next task of equal key does. */
  left(task: number): void {
    const { found } = this.#table.at(task);
    if (found?.state !== 'miss') return;
    const next = this.#flights.leave(found.key, task, (other) => this.waits(other));
    if (next !== undefined) this.#scheduler.resume(next);
  }

  waits(task: number): boolean {
    return this.#scheduler.state(task) === 'queued';
  }

  #done(task: number, result: KnownResult): Work {
    const work = this.#table.at(task);
    work.made = result;
    this.#scheduler.done(task);
    return work;
  }

  /** Equal keys that waited for this one are hits. */
  #land(task: number, result: KnownResult): void {
    for (const follower of this.#flights.land(result.key, task)) {
      if (this.waits(follower)) this.hit(follower, result);
    }
  }
}
