import type { Failure, RunSummary } from '../../core/events.ts';
import type { InstanceId, RunId } from '../../core/ids.ts';
import type { Dag } from '../../pipeline/dag.ts';
import { needsOf } from '../../pipeline/needs.ts';
import { isRetried } from '../attempt/failure.ts';
import type { Untimed } from '../emit.ts';
import { Scheduler } from '../schedule/scheduler.ts';
import { SingleFlight } from '../schedule/tasks.ts';
import type { ResolvedAction } from '../survey/resolve-action.ts';
import type { KnownResult } from '../survey/survey-memo.ts';
import type { Found, Surveyed } from '../survey/survey.ts';
import { Endings } from './endings.ts';
import type { Ending } from './endings.ts';
import type { RunOptions } from './options.ts';
import { WorkTable } from './work.ts';

/**
 * What is to be done next. What begins an effect has to end in one call of the state that says how it went;
 * tasks are numbers: the index of the instance in the Dag.
 */
export type Step =
  | { readonly kind: 'tell'; readonly event: Untimed }
  /** All that it reads is made: ends in `surveyed`. */
  | { readonly kind: 'survey'; readonly task: number }
  /** It has its slots: ends in `adopted`, `busy` or the end of an attempt. */
  | { readonly kind: 'attempt'; readonly task: number }
  /** Ends in `adopted` or `resume`, unless it waits no more. */
  | { readonly kind: 'await-lock'; readonly task: number }
  /** Ends in `resume`, unless it waits no more. */
  | { readonly kind: 'back-off'; readonly task: number; readonly ms: number }
  /** Whatever runs is to be asked to end. */
  | { readonly kind: 'end-running' };

export interface RunStateInput {
  readonly dag: Dag;
  readonly surveyed: ReadonlyMap<InstanceId, Surveyed>;
  /** Capacities of all pools. */
  readonly pools: Readonly<Record<string, number>>;
  /** By task: who goes first where there is a choice. */
  readonly ranks: readonly number[];
  readonly failure: RunOptions['failure'];
  readonly force: readonly InstanceId[];
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/**
 * So many results may be on their way into the store after their slots went to others. Each still has its files
 * in a scratch folder and reads them to hash them: without a bound, stages that write faster than that would fill
 * the disk. Once they are in the store only a record is left to write, which takes no room: those are not counted.
 */
const MAX_STORING = 32;

/**
 * The state of a run, and the steps that follow from what happens. It knows no processes or files:
 * the same calls give the same steps.
 */
export class RunState {
  readonly work: WorkTable;
  readonly #input: RunStateInput;
  readonly #scheduler: Scheduler;
  readonly #flights = new SingleFlight();
  readonly #storing = new Set<number>();
  readonly #endings = new Endings();
  #steps: Step[] = [];
  #killing = false;

  constructor(input: RunStateInput) {
    this.#input = input;
    const { dag, surveyed, ranks, pools, failure, force } = input;
    this.work = new WorkTable(dag.instances, force);
    this.#scheduler = new Scheduler(
      dag.instances.map((instance, task) => ({
        needs: needsOf(instance).map((id) => this.work.task(id)),
        pool: instance.pool,
        rank: ranks[task] ?? 0,
        done: surveyed.get(instance.id)?.state === 'hit',
      })),
      pools,
      failure !== 'continue',
    );
    this.#applySurvey(surveyed);
  }

  /** Hits come first, so that a failure known from the start does not hide what is already there. */
  #applySurvey(surveyed: ReadonlyMap<InstanceId, Surveyed>): void {
    const [broken, misses]: [[number, Failure][], [number, ResolvedAction][]] = [[], []];
    for (const [task, work] of this.work.all.entries()) {
      const found = surveyed.get(work.instance.id);
      if (found === undefined || found.state === 'awaiting') continue;
      work.found = found;
      if (found.state === 'miss') misses.push([task, found.action]);
      else if (found.state === 'broken') broken.push([task, found.failure]);
      else {
        work.made = found.result;
        this.#ended(task, 'hit', { savedMs: found.result.wallMs });
      }
    }
    // What is ready now is among the misses and the broken ones.
    this.#scheduler.takeChanges();
    for (const [task, failure] of broken) {
      const state = this.#scheduler.state(task);
      if (state === 'ready' || state === 'pending') this.failed(task, failure);
    }
    for (const [task, action] of misses) {
      if (this.#scheduler.state(task) === 'ready') this.#queue(task, action);
    }
  }

  /** The steps that follow from all calls since the last one, in order. */
  take(): readonly Step[] {
    for (;;) {
      for (const task of this.#scheduler.start()) this.#steps.push({ kind: 'attempt', task });
      const changes = this.#scheduler.takeChanges();
      if (changes.length === 0) break;
      for (const { task, to } of changes) {
        if (to === 'ready' && this.#scheduler.state(task) === 'ready') {
          this.#steps.push({ kind: 'survey', task });
        }
        if (to === 'pending') this.#leave(task);
        if (to === 'skipped' || to === 'cancelled') {
          this.#leave(task);
          const { failure } = this.work.at(task);
          if (failure === undefined) this.#ended(task, to);
          else this.#ended(task, 'failed', { failure });
        }
      }
    }
    const steps = this.#steps;
    this.#steps = [];
    return steps;
  }

  // The events of a task, in their order.

  surveyed(task: number, found: Found): void {
    if (this.#scheduler.state(task) !== 'ready') return;
    this.work.at(task).found = found;
    if (found.state === 'broken') this.failed(task, found.failure);
    else if (found.state === 'hit') this.adopted(task, found.result);
    else this.#queue(task, found.action);
  }

  /** Its key is a miss: it waits for slots, or for a task of equal key. */
  #queue(task: number, { key }: ResolvedAction): void {
    const leader = this.#flights.join(key, task);
    const early = this.#flights.hasLanded(key) ? this.work.at(leader).made : undefined;
    if (early !== undefined) {
      this.#made(task, early);
      return;
    }
    this.#scheduler.queue(task);
    this.#tell({ type: 'queued', id: this.work.at(task).instance.id });
    if (leader !== task) this.#scheduler.hold(task);
  }

  /** A result is recorded under its key, which this task did not compute. So is that of equal keys that wait. */
  adopted(task: number, result: KnownResult): void {
    this.#made(task, result);
    this.#ended(task, 'hit', { savedMs: result.wallMs });
    for (const equal of this.#flights.settle(result.key, task)) {
      if (this.waits(equal)) this.adopted(equal, result);
    }
  }

  /** Another run computes its key: its pools are free until that has ended. */
  busy(task: number, holder: string): void {
    this.#tell({ type: 'waiting', id: this.work.at(task).instance.id, holder });
    this.#scheduler.postpone(task);
    this.#steps.push({ kind: 'await-lock', task });
  }

  /** It does not wait any more. */
  resume(task: number): void {
    if (this.waits(task)) this.#scheduler.resume(task);
  }

  /** An attempt begins. Returns its number, from 1. */
  begin(task: number): number {
    const work = this.work.at(task);
    work.startedAt ??= this.#input.clock();
    delete work.failure;
    work.attempts += 1;
    return work.attempts;
  }

  /** Its processes are gone and its outputs are there: its slots go to others while they are stored. */
  computed(task: number): void {
    this.#tell({ type: 'computed', id: this.work.at(task).instance.id });
    if (this.#storing.size >= MAX_STORING) return;
    this.#storing.add(task);
    this.#scheduler.release(task);
  }

  /**
   * Its outputs can be read: who reads them may start, though nothing is recorded yet. What they make is keyed by
   * what they read, so it stays true whatever becomes of this result.
   */
  ingested(task: number, result: KnownResult): void {
    if (!this.#storing.delete(task)) this.#scheduler.release(task);
    this.#land(task, result);
  }

  /** Its result is on the disk. `differing`: outputs of which other bytes were recorded before. */
  recorded(task: number, result: KnownResult, differing: readonly string[]): void {
    const { instance, forced } = this.work.at(task);
    if (differing.length > 0) this.#tell(nonDeterministic(instance.id, differing, forced));
    if (this.work.at(task).made === undefined) this.#land(task, result);
    this.work.at(task).made = result;
    this.#ended(task, 'ran');
    for (const equal of this.#flights.settle(result.key, task)) {
      this.work.at(equal).made = result;
      this.#ended(equal, 'hit', { savedMs: result.wallMs });
    }
  }

  /** true: another attempt follows after a pause, in which it keeps the lock of its key, but not its slots. */
  retries(task: number, failure: Failure): boolean {
    const { instance, attempts } = this.work.at(task);
    const { retries } = instance;
    if (retries === undefined || this.stopped || !isRetried(failure, retries, attempts)) {
      return false;
    }
    this.#again(task, failure, retries.backoffMs * 2 ** (attempts - 1));
    return true;
  }

  /** Also of one whose outputs others have read: what does not run yet of those is skipped. */
  failed(task: number, failure: Failure): void {
    this.#storing.delete(task);
    const { made } = this.work.at(task);
    const equals = made === undefined ? [] : this.#flights.settle(made.key, task);
    for (const each of [task, ...equals]) {
      this.#scheduler.fail(each);
      delete this.work.at(each).made;
      this.#ended(each, 'failed', { failure });
      this.#leave(each);
    }
    if (this.#input.failure === 'kill') this.stop();
  }

  /** It was killed because the run ends. */
  cancelled(task: number): void {
    this.#scheduler.cancel(task);
  }

  /** A source's copy was damaged, and has been taken again: it is worth another attempt, once. */
  sourceTakenAgain(task: number, message: string): void {
    const failure: Failure = { reason: 'store', message };
    if (this.work.at(task).attempts === 1 && !this.stopped) this.#again(task, failure, 0);
    else this.failed(task, failure);
  }

  /** It read a damaged output of `maker`, whose record is gone now: both are done once more. */
  inputLost(task: number, maker: number, message: string): void {
    if (this.#scheduler.reopen(maker, task)) delete this.work.at(maker).made;
    else if (this.stopped) this.#scheduler.cancel(task);
    else this.failed(task, { reason: 'store', message });
  }

  /** Starts nothing new and stops the running tasks; a second call kills them. */
  stop(): void {
    this.#killing = true;
    this.#scheduler.stop();
    this.#steps.push({ kind: 'end-running' });
  }

  // What is known.

  /** Whether nothing new starts. */
  get stopped(): boolean {
    return this.#scheduler.stopped;
  }

  /** What starts now is to be ended at once: the run ended between the decision to start it and its start. */
  get killing(): boolean {
    return this.#killing;
  }

  get finished(): boolean {
    return this.#scheduler.finished;
  }

  /** Queued for pools, a lock or a pause. */
  waits(task: number): boolean {
    return this.#scheduler.state(task) === 'queued';
  }

  /** Whether every instance is a hit or ran. */
  get allDone(): boolean {
    return this.#endings.allDone(this.#input.dag);
  }

  summary(run: RunId, wallMs: number, otherwiseOk: boolean): RunSummary {
    return this.#endings.summary(this.#input.dag, run, wallMs, otherwiseOk);
  }

  #made(task: number, result: KnownResult): void {
    this.work.at(task).made = result;
    this.#scheduler.done(task);
  }

  #land(task: number, result: KnownResult): void {
    this.#made(task, result);
    const equals = this.#flights.land(result.key, task, (each) => this.waits(each));
    for (const equal of equals) this.#made(equal, result);
  }

  #again(task: number, failure: Failure, afterMs: number): void {
    const { instance, attempts } = this.work.at(task);
    const attempt = attempts + 1;
    this.#storing.delete(task);
    this.#tell({ type: 'retrying', id: instance.id, attempt, afterMs, failure });
    this.work.at(task).failure = failure;
    this.#scheduler.postpone(task);
    this.#steps.push({ kind: 'back-off', task, ms: afterMs });
  }

  /** It will not compute its key, at least not now: the next task of equal key does. */
  #leave(task: number): void {
    const { found } = this.work.at(task);
    if (found?.state !== 'miss') return;
    const next = this.#flights.leave(found.key, task, (other) => this.waits(other));
    if (next !== undefined) this.#scheduler.resume(next);
  }

  #ended(
    task: number,
    outcome: Ending['outcome'],
    more: Pick<Ending, 'savedMs' | 'failure'> = {},
  ): void {
    const { instance, found, made, startedAt } = this.work.at(task);
    const wallMs = startedAt === undefined ? 0 : this.#input.clock() - startedAt;
    const known = found === undefined || found.state === 'broken' ? undefined : found.key;
    const key = made?.key ?? known;
    this.#tell(
      this.#endings.add(instance, { outcome, key, outputs: made?.outputs, wallMs, ...more }),
    );
  }

  #tell(event: Untimed): void {
    this.#steps.push({ kind: 'tell', event });
  }
}

function nonDeterministic(
  id: InstanceId,
  differing: readonly string[],
  replaced: boolean,
): Untimed {
  const names = differing.map((name) => `'${name}'`).join(', ');
  const kept = replaced ? 'the new result replaces the stored one' : 'flow keeps the stored result';
  const message = `it is not deterministic: it wrote other content than before to ${names}; ${kept}`;
  return { type: 'warning', code: 'non-deterministic', message, id };
}
