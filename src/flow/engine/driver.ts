import type { Failure } from '../core/events.ts';
import type { InstanceId } from '../core/ids.ts';
import type { AttemptOutcome } from './attempt.ts';
import type { EngineContext, RunOptions } from './context.ts';
import { Effects } from './effects.ts';
import { isRetried } from './failure.ts';
import { nonDeterministic } from './ledger.ts';
import type { Emit, Ledger } from './ledger.ts';
import { lookUpToUse } from './lookup.ts';
import { knownResult } from './lookups.ts';
import type { Found, LookUpTools, Surveyed } from './lookup.ts';
import type { Performer } from './performer.ts';
import { Progress } from './progress.ts';
import { needsOf } from './resolve-action.ts';
import type { Made, ResolvedAction } from './resolve-action.ts';
import { Scheduler } from './scheduler.ts';
import { Waits } from './waits.ts';
import { actionOf, storeFailure, WorkTable } from './work.ts';
import type { Work } from './work.ts';

export interface DriverInput {
  readonly ctx: EngineContext;
  readonly options: RunOptions;
  /** Capacities of all pools. */
  readonly pools: Readonly<Record<string, number>>;
  /** By task: who goes first where there is a choice. */
  readonly ranks: readonly number[];
  readonly tools: LookUpTools;
  readonly surveyed: ReadonlyMap<InstanceId, Surveyed>;
  readonly performer: Performer;
  readonly ledger: Ledger;
  readonly emit: Emit;
}

/** So many results may wait for the disk before the next stage does. */
const MOST_STORING = 32;

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
    const found: Found = await lookUpToUse(
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
      await this.#conclude(task, outcome);
    }
  }

  /** Its slots go to the next one while the disk takes its result. */
  #computed(task: number): void {
    if (this.#storing.size >= MOST_STORING) return;
    this.#storing.add(task);
    this.#scheduler.release(task);
    this.#input.emit({ type: 'computed', id: this.#at(task).instance.id });
    this.#pump();
  }

  async #conclude(task: number, outcome: AttemptOutcome): Promise<void> {
    const work = this.#at(task);
    const { performer, emit } = this.#input;
    const { id, retries } = work.instance;
    if (
      outcome.kind === 'failed' &&
      retries !== undefined &&
      !this.#scheduler.stopped &&
      isRetried(outcome.failure, retries, work.attempts)
    ) {
      const afterMs = retries.backoffMs * 2 ** (work.attempts - 1);
      this.#retry(task, outcome.failure, afterMs);
      return;
    }
    await performer.unlock(work);
    switch (outcome.kind) {
      case 'published':
        if (outcome.differing.length > 0) emit(nonDeterministic(id, outcome.differing));
        this.#input.tools.lookups.learn(
          id,
          actionOf(work).argumentText,
          knownResult(outcome.result),
        );
        this.#progress.ran(task, knownResult(outcome.result));
        return;
      case 'failed':
        this.#fail(task, outcome.failure);
        return;
      case 'cancelled':
        this.#scheduler.cancel(task);
        return;
      case 'damaged-input':
        await this.#reopen(task, outcome);
    }
  }

  /** Keeps the lock, but not the slots. */
  #retry(task: number, failure: Failure, afterMs: number): void {
    const work = this.#at(task);
    const attempt = work.attempts + 1;
    this.#input.emit({ type: 'retrying', id: work.instance.id, attempt, afterMs, failure });
    this.#scheduler.postpone(task);
    this.#effects.start(this.#waits.backOff(task, afterMs));
  }

  /** What made a damaged input makes it once more; a damaged copy of a source is taken again. */
  async #reopen(
    task: number,
    { origin, message }: Extract<AttemptOutcome, { kind: 'damaged-input' }>,
  ): Promise<void> {
    const { ctx, tools, emit } = this.#input;
    const work = this.#at(task);
    const failure: Failure = { reason: 'store', message };
    emit({ type: 'warning', code: 'damaged-input', message, id: work.instance.id });
    if ('source' in origin) {
      if (!(await tools.resolver.takeAgain(origin.source))) {
        this.#fail(task, sourceChanged(origin.source));
      } else if (work.attempts === 1 && !this.#scheduler.stopped) this.#retry(task, failure, 0);
      else this.#fail(task, failure);
      return;
    }
    const maker = this.#table.indexOf(origin.instance as InstanceId);
    await ctx.store.dropAction(origin.key as ResolvedAction['key']);
    if (this.#scheduler.reopen(maker, task)) delete this.#at(maker).made;
    else if (this.#scheduler.stopped) this.#scheduler.cancel(task);
    else this.#fail(task, failure);
  }

  #fail(task: number, failure: Failure): void {
    this.#progress.failed(task, failure);
    if (this.#input.options.failure === 'kill') this.stop();
  }

  #at(task: number): Work {
    return this.#table.at(task);
  }
}

function sourceChanged(source: string): Failure {
  const message = `${source} changed while the run was going`;
  return { reason: 'input-changed', message, hint: 'run again' };
}
