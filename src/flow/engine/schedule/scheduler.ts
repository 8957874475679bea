import { Pools } from './pools.ts';
import { checkTransition, Needs, Queue } from './tasks.ts';
import type { State } from './tasks.ts';

export interface Task {
  /** Indices of the tasks that must be done first; all smaller than its own. */
  readonly needs: readonly number[];
  readonly pool: Readonly<Record<string, number>>;
  /** Who goes first where there is a choice: the highest, then the smallest index. 0 if absent. */
  readonly rank?: number;
  /** From the start, as all that it needs. */
  readonly done?: boolean;
}

export interface StateChange {
  readonly task: number;
  readonly from: State;
  readonly to: State;
}

/**
 * Who may go when. It knows no processes, files or clocks: the same calls give the same states. Tasks
 * are numbers.
 */
export class Scheduler {
  readonly #tasks: readonly Task[];
  readonly #needs: Needs;
  readonly #states: State[];
  readonly #pools: Pools;
  readonly #stopOnFailure: boolean;
  /** Pools that every task takes from: usually `cpu`. */
  readonly #common: readonly string[];
  readonly #held = new Set<number>();
  /** Running tasks that do not need their pools any more. */
  readonly #released = new Set<number>();
  readonly #reopened = new Set<number>();
  readonly #queue: Queue;
  #changes: StateChange[] = [];
  #open: number;
  #stopped = false;

  constructor(
    tasks: readonly Task[],
    capacities: Readonly<Record<string, number>>,
    stopOnFailure: boolean,
  ) {
    this.#tasks = tasks;
    this.#stopOnFailure = stopOnFailure;
    this.#pools = new Pools(capacities);
    this.#queue = new Queue(tasks.map((task) => task.rank ?? 0));
    this.#common = Object.keys(capacities).filter((pool) =>
      tasks.every((task) => task.pool[pool] !== undefined),
    );
    this.#states = tasks.map(({ done }) => (done === true ? 'done' : 'pending'));
    this.#open = this.#states.filter((state) => state !== 'done').length;
    this.#needs = new Needs(
      tasks.map((task) => task.needs),
      (task) => this.#states[task] === 'done',
    );
    for (const index of tasks.keys()) this.#wake(index);
  }

  state(task: number): State {
    const state = this.#states[task];
    if (state === undefined) throw new Error(`Internal error: no task ${task}`);
    return state;
  }

  /** Whether there is nothing left to do or to wait for. */
  get finished(): boolean {
    return this.#open === 0;
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  /** The changes since the last call, in order. */
  takeChanges(): readonly StateChange[] {
    const changes = this.#changes;
    this.#changes = [];
    return changes;
  }

  /** ready -> queued: its key is a miss. */
  queue(task: number): void {
    this.#transition(task, 'queued');
  }

  /**
   * Takes pool slots for as many queued tasks as fit, in order, and makes them running. A pool in which
   * an earlier task lacks room is closed to later ones, so that a large task is not starved by small ones.
   */
  start(): readonly number[] {
    const started: number[] = [];
    if (this.#stopped) return started;
    const closed = new Set<string>();
    // A task that starts leaves the queue, and the next one takes its place.
    for (let place = 0; place < this.#queue.all.length;) {
      // The rest wants this pool, too: with thousands queued, looking at each would cost.
      if (this.#common.some((pool) => closed.has(pool))) break;
      const task = this.#queue.all[place] ?? 0;
      if (this.#fits(task, closed)) {
        this.#transition(task, 'running');
        started.push(task);
      } else place += 1;
    }
    return started;
  }

  /** Frees the slots of a running task: its process has ended, its result is being stored. */
  release(task: number): void {
    if (this.state(task) !== 'running' || this.#released.has(task)) return;
    this.#released.add(task);
    this.#pools.release(this.#task(task).pool);
  }

  /** ready, queued or running -> done. */
  done(task: number): void {
    this.#transition(task, 'done');
  }

  /** -> failed; what needs it and does not run yet is skipped. A done task fails if its result cannot be recorded. */
  fail(task: number): void {
    this.#transition(task, 'failed');
    if (this.#stopOnFailure) this.stop();
  }

  /** running -> queued, out of the way until `resume`: its slots are free meanwhile. */
  postpone(task: number): void {
    this.#held.add(task);
    this.#transition(task, 'queued');
    if (this.#stopped) this.#transition(task, 'cancelled');
    else if (this.#isHopeless(task)) this.#transition(task, 'skipped');
  }

  resume(task: number): void {
    this.#held.delete(task);
  }

  /** Keeps a queued task from starting until `resume`: an equal key runs already. */
  hold(task: number): void {
    this.#held.add(task);
  }

  /** running -> cancelled: it was killed because the run ends. */
  cancel(task: number): void {
    this.#transition(task, 'cancelled');
  }

  /** Starts nothing new: cancels tasks that are not running. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    for (const [task, state] of this.#states.entries()) {
      if (state === 'pending' || state === 'ready' || state === 'queued') {
        this.#transition(task, 'cancelled');
      }
    }
  }

  /**
   * `reader`, which runs, found an output of `task` damaged: both go back to pending, and so do other
   * readers that have not started. false: refused, because it happened before, the run is stopping, or
   * something that `reader` needs has failed since.
   */
  reopen(task: number, reader: number): boolean {
    if (this.#stopped || this.#isHopeless(reader)) return false;
    if (this.state(task) === 'done') {
      if (this.#reopened.has(task)) return false;
      this.#reopened.add(task);
      this.#transition(task, 'pending');
      for (const other of this.#needs.readersOf(task)) {
        const state = this.state(other);
        if (state === 'ready' || state === 'queued') this.#transition(other, 'pending');
      }
    }
    this.#transition(reader, 'pending');
    this.#wake(task);
    this.#wake(reader);
    return true;
  }

  /** The only place that changes a state. */
  #transition(task: number, to: State): void {
    const from = this.state(task);
    checkTransition(task, from, to);
    this.#states[task] = to;
    this.#changes.push({ task, from, to });
    if (from === 'queued') this.#queue.remove(task);
    if (from === 'queued' && to !== 'running') this.#held.delete(task);
    if (from === 'running' && !this.#released.delete(task)) {
      this.#pools.release(this.#task(task).pool);
    }
    switch (to) {
      case 'pending':
        if (from !== 'done') return;
        this.#open += 1;
        this.#needs.undone(task);
        return;
      case 'ready':
        return;
      case 'queued':
        this.#queue.add(task);
        return;
      case 'running':
        this.#pools.take(this.#task(task).pool);
        return;
      case 'done':
        this.#open -= 1;
        this.#needs.done(task);
        for (const reader of this.#needs.readersOf(task)) this.#wake(reader);
        return;
      case 'failed':
      case 'skipped':
        if (from === 'done') this.#needs.undone(task);
        else this.#open -= 1;
        for (const reader of this.#needs.readersOf(task)) this.#skip(reader);
        return;
      case 'cancelled':
        this.#open -= 1;
    }
  }

  #wake(task: number): void {
    if (this.state(task) !== 'pending') return;
    if (this.#needs.met(task)) this.#transition(task, 'ready');
  }

  /** Closes the pools without enough room for it. */
  #fits(task: number, closed: Set<string>): boolean {
    // A need can be gone again: it was reopened while this task ran, before it was postponed.
    if (this.#held.has(task) || !this.#needs.met(task)) return false;
    const wanted = this.#task(task).pool;
    if (Object.keys(wanted).some((pool) => closed.has(pool))) return false;
    const lacking = this.#pools.lacking(wanted);
    for (const pool of lacking) closed.add(pool);
    return lacking.length === 0;
  }

  /** A task that it needs failed while it ran. */
  #isHopeless(task: number): boolean {
    return this.#task(task).needs.some((need) => this.#states[need] === 'failed');
  }

  #skip(task: number): void {
    const state = this.state(task);
    if (state === 'pending' || state === 'ready' || state === 'queued') {
      this.#transition(task, 'skipped');
    }
  }

  #task(index: number): Task {
    const task = this.#tasks[index];
    if (task === undefined) throw new Error(`Internal error: no task ${index}`);
    return task;
  }
}
