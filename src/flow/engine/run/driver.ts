import type { Failure } from '../../core/events.ts';
import type { InstanceId } from '../../core/ids.ts';
import { AttemptOutcomes } from './after-attempt.ts';
import type { EngineContext } from '../context.ts';
import type { RunOptions } from './options.ts';
import { Effects } from './effects.ts';
import type { Emit } from '../emit.ts';
import type { Ledger } from './ledger.ts';
import { surveyInstanceToUse } from '../survey/survey.ts';
import { knownResult } from '../survey/survey-memo.ts';
import type { Found, SurveyTools, Surveyed } from '../survey/survey.ts';
import type { Performer } from './performer.ts';
import { Progress } from './bookkeeping.ts';
import { needsOf } from '../../pipeline/needs.ts';
import type { Made, ResolvedAction } from '../survey/resolve-action.ts';
import { Scheduler } from '../schedule/scheduler.ts';
import { Waits } from './waits.ts';
import { storeFailure, WorkTable } from './work.ts';
import type { Work } from './work.ts';

export interface DriverInput {
  readonly ctx: EngineContext;
  readonly options: RunOptions;
  /** Capacities of all pools. */
  readonly pools: Readonly<Record<string, number>>;
  /** By task: who goes first where there is a choice. */
  readonly ranks: readonly number[];
  readonly tools: SurveyTools;
  readonly surveyed: ReadonlyMap<InstanceId, Surveyed>;
  readonly performer: Performer;
  readonly ledger: Ledger;
  readonly emit: Emit;
}

/** So many results may wait for the disk before the next stage does. */
const MAX_STORING = 32;

/** Brings every instance to its end: the effects around the scheduler. */
export class Driver {
  readonly #input: DriverInput;
  readonly #table: WorkTable;
  readonly #scheduler: Scheduler;
  readonly #progress: Progress;
  readonly #waits: Waits;
  readonly #effects = new Effects(
    () => this.#pump(),
    () => this.stop(),
  );
  readonly #outcomes: AttemptOutcomes;
  /** Computed, but not stored yet; their slots are free. */
  readonly #storing = new Set<number>();
  #killing = false;

  constructor(input: DriverInput) {
    this.#input = input;
    const { instances } = input.ctx.dag;
    this.#table = new WorkTable(instances, new Set(input.options.force));
    this.#scheduler = new Scheduler(
      instances.map((instance, task) => ({
        needs: needsOf(instance).map((id) => this.#table.indexOf(id)),
        pool: instance.pool,
        rank: input.ranks[task] ?? 0,
        done: input.surveyed.get(instance.id)?.state === 'hit',
      })),
      input.pools,
      input.options.failure !== 'continue',
    );
    this.#progress = new Progress(this.#scheduler, this.#table, input.ledger, input.emit);
    this.#waits = new Waits(this.#scheduler, this.#table, this.#progress, input.performer);
    this.#outcomes = new AttemptOutcomes({
      scheduler: this.#scheduler,
      table: this.#table,
      progress: this.#progress,
      waits: this.#waits,
      effects: this.#effects,
      performer: input.performer,
      tools: input.tools,
      emit: input.emit,
      fail: (task, failure) => this.#fail(task, failure),
    });
  }

  /** Resolves when every instance has ended and no effect is under way. */
  async run(): Promise<void> {
    this.#applySurvey();
    this.#pump();
    await this.#effects.allEnd();
    if (!this.#scheduler.finished) {
      throw new Error('Internal error: instances are left, but nothing is under way');
    }
  }

  /** Starts nothing more and asks what runs to end; called again, makes it end. */
  stop(): void {
    this.#killing = true;
    this.#scheduler.stop();
    for (const work of this.#table.all) work.submitted?.cancel();
    this.#pump();
  }

  /** undefined: it is not done. */
  made(id: InstanceId): Made | undefined {
    return this.#at(this.#table.indexOf(id)).made;
  }

  /** Hits come first, so that a failure known from the start does not hide what is already there. */
  #applySurvey(): void {
    const broken: { task: number; failure: Failure }[] = [];
    const misses: { task: number; action: ResolvedAction }[] = [];
    for (const [task, work] of this.#table.all.entries()) {
      const found = this.#input.surveyed.get(work.instance.id);
      if (found === undefined || found.state === 'awaiting') continue;
      work.found = found;
      if (found.state === 'hit') this.#progress.found(task, found.result);
      else if (found.state === 'miss') misses.push({ task, action: found.action });
      else broken.push({ task, failure: found.failure });
    }
    // What is ready now is among the misses and the broken ones.
    this.#scheduler.takeChanges();
    for (const { task, failure } of broken) {
      const state = this.#scheduler.state(task);
      if (state === 'ready' || state === 'pending') this.#fail(task, failure);
    }
    for (const { task, action } of misses) {
      if (this.#scheduler.state(task) === 'ready') this.#progress.queued(task, action);
    }
  }

  /** Turns state changes into events and effects until there are none left. */
  #pump(): void {
    for (;;) {
      for (const task of this.#scheduler.start()) this.#effects.start(this.#perform(task));
      const changes = this.#scheduler.takeChanges();
      if (changes.length === 0) return;
      for (const { task, to } of changes) {
        if (to === 'ready' && this.#scheduler.state(task) === 'ready') {
          this.#effects.start(this.#resolve(task));
        }
        if (to === 'pending') this.#progress.left(task);
        if (to === 'skipped' || to === 'cancelled') this.#progress.ended(task, to);
      }
    }
  }

  /** Computes the key of a ready task: all that it reads is made. */
  async #resolve(task: number): Promise<void> {
    const work = this.#at(task);
    const found: Found = await surveyInstanceToUse(
      this.#input.tools,
      work.instance,
      (id) => this.made(id),
      work.forced,
    ).catch((error: unknown) => ({ state: 'broken', failure: storeFailure(error) }));
    if (this.#scheduler.state(task) !== 'ready') return;
    work.found = found;
    if (found.state === 'broken') this.#fail(task, found.failure);
    else if (found.state === 'hit') this.#progress.hit(task, found.result);
    else this.#progress.queued(task, found.action);
  }

  /** One attempt at a task that has its slots, unless another run has the lock of its key. */
  async #perform(task: number): Promise<void> {
    const work = this.#at(task);
    const { performer, emit } = this.#input;
    const lock = await performer.lock(work);
    if (lock.kind === 'adopted') {
      this.#progress.hit(task, knownResult(lock.result));
    } else if (lock.kind === 'busy') {
      emit({ type: 'waiting', id: work.instance.id, holder: lock.holder });
      this.#scheduler.postpone(task);
      this.#effects.start(this.#waits.lockFree(task));
    } else if (this.#scheduler.stopped) {
      await performer.unlock(work);
      this.#scheduler.cancel(task);
    } else {
      const outcome = await performer.attempt(
        work,
        () => this.#killing,
        () => this.#computed(task),
      );
      this.#storing.delete(task);
      await this.#outcomes.conclude(task, outcome);
    }
  }

  /** Its slots go to the next one while the disk takes its result. */
  #computed(task: number): void {
    if (this.#storing.size >= MAX_STORING) return;
    this.#storing.add(task);
    this.#scheduler.release(task);
    this.#input.emit({ type: 'computed', id: this.#at(task).instance.id });
    this.#pump();
  }

  #fail(task: number, failure: Failure): void {
    this.#progress.failed(task, failure);
    if (this.#input.options.failure === 'kill') this.stop();
  }

  #at(task: number): Work {
    return this.#table.at(task);
  }
}
