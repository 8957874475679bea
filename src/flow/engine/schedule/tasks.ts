import type { ActionKey } from '../../core/ids.ts';

// The tables of the scheduler: states, needs, priorities, and tasks with equal keys.

/**
 *                  ┌───────────── reopened ─────────────┐
 *                  ▼                                    │
 *   pending ──► ready ──► queued ──► running ──► done (hit | ran) ──► failed (its record was lost)
 *      │          │         ▲  └─ postponed ─┘ └──► failed
 *      │          └─────────┴──► done (hit)
 *      └──► skipped (something it needs failed) | cancelled (the run stopped first)
 */
export type State =
  /** A task that it needs is not done. */
  | 'pending'
  /** All tasks that it needs are done; its key is not known yet. */
  | 'ready'
  /** A miss that waits for a pool, or is held (another run has its lock, a retry waits). */
  | 'queued'
  | 'running'
  | 'done'
  | 'failed'
  | 'skipped'
  | 'cancelled';

/** The drawing above, as a table. */
const allowed: Readonly<Record<State, readonly State[]>> = {
  pending: ['ready', 'failed', 'skipped', 'cancelled'],
  ready: ['pending', 'queued', 'done', 'failed', 'skipped', 'cancelled'],
  queued: ['pending', 'running', 'done', 'failed', 'skipped', 'cancelled'],
  running: ['pending', 'queued', 'done', 'failed', 'cancelled'],
  done: ['pending', 'failed'],
  failed: [],
  skipped: [],
  cancelled: [],
};

/** Throws on a transition that is not in the drawing: a bug of the caller. */
export function checkTransition(task: number, from: State, to: State): void {
  if (allowed[from].includes(to)) return;
  throw new Error(`Internal error: task ${task} cannot go from ${from} to ${to}`);
}

/**
 * Which tasks wait for which. Counts what is missing instead of looking at every need again: a task that
 * collects thousands of results is asked after each of them.
 */
export class Needs {
  readonly #readers: readonly number[][];
  /** By task: how many of its needs are not done. */
  readonly #missing: number[];

  /**
   * @param needs by task number: tasks that must be done before
   * @param done those that are from the start
   */
  constructor(needs: readonly (readonly number[])[], done: (task: number) => boolean) {
    const readers: number[][] = needs.map(() => []);
    this.#missing = needs.map((each, task) => {
      let missing = 0;
      for (const need of each.length > 1 ? new Set(each) : each) {
        readers[need]?.push(task);
        if (!done(need)) missing += 1;
      }
      return missing;
    });
    this.#readers = readers;
  }

  readersOf(task: number): readonly number[] {
    return this.#readers[task] ?? [];
  }

  /** Whether all tasks that it needs are done. */
  met(task: number): boolean {
    return this.#missing[task] === 0;
  }

  done(task: number): void {
    for (const reader of this.readersOf(task)) this.#add(reader, -1);
  }

  /** It was done and must be done again. */
  undone(task: number): void {
    for (const reader of this.readersOf(task)) this.#add(reader, 1);
  }

  #add(task: number, more: number): void {
    this.#missing[task] = (this.#missing[task] ?? 0) + more;
  }
}

/** Task numbers, the highest rank first; equals in ascending order. */
export class Queue {
  readonly #ranks: readonly number[];
  #tasks: number[] = [];

  /** @param ranks by task number; what is missing has rank 0 */
  constructor(ranks: readonly number[]) {
    this.#ranks = ranks;
  }

  get all(): readonly number[] {
    return this.#tasks;
  }

  add(task: number): void {
    this.#tasks.splice(this.#place(task), 0, task);
  }

  remove(task: number): void {
    const place = this.#place(task);
    if (this.#tasks[place] === task) this.#tasks.splice(place, 1);
  }

  /** Its present or future position. */
  #place(task: number): number {
    let low = 0;
    let high = this.#tasks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#precedes(this.#tasks[middle] ?? 0, task)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #precedes(one: number, other: number): boolean {
    const [first, second] = [this.#ranks[one] ?? 0, this.#ranks[other] ?? 0];
    return first === second ? one < other : first > second;
  }
}

interface Flight {
  readonly leader: number;
  followers: number[];
  /** Whether the leader's result can be read. */
  landed: boolean;
}

/** Tasks of equal key within one run: the first computes it, the others wait for its result. */
export class SingleFlight {
  readonly #flights = new Map<ActionKey, Flight>();

  /** Returns the task that computes the key: this one, or the one that came first. */
  join(key: ActionKey, task: number): number {
    const flight = this.#flights.get(key);
    if (flight === undefined) {
      this.#flights.set(key, { leader: task, followers: [], landed: false });
      return task;
    }
    if (flight.leader !== task && !flight.followers.includes(task)) flight.followers.push(task);
    return flight.leader;
  }

  /** Its result can be read: who waits for it. Who joins from now on need not wait. Empty unless `task` leads. */
  land(key: ActionKey, task: number, waits: (task: number) => boolean): readonly number[] {
    const flight = this.#flights.get(key);
    if (flight?.leader !== task) return [];
    flight.landed = true;
    flight.followers = flight.followers.filter(waits);
    return [...flight.followers];
  }

  hasLanded(key: ActionKey): boolean {
    return this.#flights.get(key)?.landed === true;
  }

  /** It is known what became of the result: who shares it. Empty unless `task` leads. */
  settle(key: ActionKey, task: number): readonly number[] {
    const flight = this.#flights.get(key);
    if (flight?.leader !== task) return [];
    this.#flights.delete(key);
    return flight.followers;
  }

  /** `task` will not compute it after all: who does instead, if one still waits. */
  leave(key: ActionKey, task: number, waits: (task: number) => boolean): number | undefined {
    const flight = this.#flights.get(key);
    if (flight === undefined || flight.landed) return undefined;
    if (flight.leader !== task) {
      flight.followers = flight.followers.filter((each) => each !== task);
      return undefined;
    }
    this.#flights.delete(key);
    const [next, ...followers] = flight.followers.filter(waits);
    if (next !== undefined) this.#flights.set(key, { leader: next, followers, landed: false });
    return next;
  }
}
