import { setTimeout as delay } from 'node:timers/promises';
import { knownResult } from '../survey/survey-memo.ts';
import type { Performer } from './performer.ts';
import type { Progress } from './bookkeeping.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import type { WorkTable } from './work.ts';

/** Milliseconds between two looks at another run's lock. */
const lockPollMs = 200;

/** Tasks that were postponed: they hold no slots until what they wait for is there. */
export class Waits {
  readonly #scheduler: Scheduler;
  readonly #table: WorkTable;
  readonly #progress: Progress;
  readonly #performer: Performer;

  constructor(scheduler: Scheduler, table: WorkTable, progress: Progress, performer: Performer) {
    this.#scheduler = scheduler;
    this.#table = table;
    this.#progress = progress;
    this.#performer = performer;
  }

  /** The back-off before another attempt; the lock of its key stays held. */
  async backOff(task: number, ms: number): Promise<void> {
    await this.#sleep(task, ms);
    if (this.#progress.waits(task)) this.#scheduler.resume(task);
    else await this.#performer.unlock(this.#table.at(task));
  }

  /** Another run computes this key. When its lock is free the result is there, or is ours to make. */
  async lockFree(task: number): Promise<void> {
    const work = this.#table.at(task);
    for (;;) {
      await this.#sleep(task, lockPollMs);
      if (!this.#progress.waits(task)) return;
      const lock = await this.#performer.lock(work);
      if (lock.kind === 'busy') continue;
      if (!this.#progress.waits(task)) await this.#performer.unlock(work);
      else if (lock.kind === 'adopted') this.#progress.hit(task, knownResult(lock.result));
      else this.#scheduler.resume(task);
      return;
    }
  }

  /** Ends early when the task waits no more. */
  async #sleep(task: number, ms: number): Promise<void> {
    for (let left = ms; left > 0 && this.#progress.waits(task); left -= lockPollMs) {
      await delay(Math.min(left, lockPollMs));
    }
  }
}
