import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Failure } from '../../core/events.ts';
import type { ActionKey, InstanceId } from '../../core/ids.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { RunHandle } from '../../store/records/runs.ts';
import { attempt } from '../attempt/attempt.ts';
import type { AttemptOutcome } from '../attempt/attempt.ts';
import { storeFailure } from '../attempt/failure.ts';
import type { EngineContext } from '../context.ts';
import type { Emit } from '../emit.ts';
import type { Executor, Submitted } from '../process/executor.ts';
import type { Sandbox } from '../sandbox/bubblewrap.ts';
import type { Devices } from '../schedule/pools.ts';
import { knownResult } from '../survey/survey-memo.ts';
import { recordedResult, surveyInstanceToUse } from '../survey/survey.ts';
import type { SurveyTools } from '../survey/survey.ts';
import { Effects } from './effects.ts';
import type { RunState, Step } from './run-state.ts';

export interface DriverInput {
  readonly ctx: EngineContext;
  readonly state: RunState;
  readonly tools: SurveyTools;
  readonly executor: Executor;
  readonly handle: RunHandle;
  readonly devices: Devices;
  readonly sandbox: Sandbox | undefined;
  readonly keepFailed: boolean;
  readonly emit: Emit;
}

/** Milliseconds between two checks of another run's lock. */
const LOCK_POLL_MS = 200;

type Locked =
  | { readonly kind: 'held' }
  | { readonly kind: 'busy'; readonly holder: string }
  /** Another run has recorded the result. */
  | { readonly kind: 'adopted'; readonly result: ActionResult };

/** Performs the steps that the state of a run returns, and reports their results to the state. */
export class Driver {
  readonly #input: DriverInput;
  readonly #state: RunState;
  readonly #effects = new Effects(
    () => this.#drain(),
    () => this.stop(),
  );
  #draining = false;
  /** By task: the running attempt. */
  readonly #submitted = new Map<number, Submitted>();
  /** By task: gives up the lock of its key. */
  readonly #locks = new Map<number, () => Promise<void>>();
  /** By key: a record that is not on disk yet. Resolves when the record is on disk or is lost. */
  readonly #recording = new Map<ActionKey, Promise<void>>();

  constructor(input: DriverInput) {
    this.#input = input;
    this.#state = input.state;
  }

  /** Resolves when every instance has ended and no step is active. */
  async run(): Promise<void> {
    this.#drain();
    await this.#effects.allEnd();
    if (!this.#state.finished) {
      throw new Error('Internal error: instances are left, but nothing is under way');
    }
  }

  /** Starts nothing new and sends TERM to the running stages; a second call sends KILL. */
  stop(): void {
    this.#state.stop();
    this.#drain();
  }

  #drain(): void {
    // Who listens to an event may stop the run: what follows comes after what was to be told before.
    if (this.#draining) return;
    this.#draining = true;
    try {
      for (let steps = this.#state.take(); steps.length > 0; steps = this.#state.take()) {
        for (const step of steps) this.#do(step);
      }
      // Nothing else is running that could share the flush.
      const recording = this.#recording.size;
      if (recording > 0 && recording === this.#effects.size) this.#input.ctx.store.hurry();
    } finally {
      this.#draining = false;
    }
  }

  #do(step: Step): void {
    switch (step.kind) {
      case 'tell':
        this.#input.emit(step.event);
        return;
      case 'survey':
        this.#effects.start(() => this.#survey(step.task));
        return;
      case 'attempt':
        this.#effects.start(() => this.#attempt(step.task));
        return;
      case 'await-lock':
        this.#effects.start(() => this.#awaitLock(step.task));
        return;
      case 'back-off':
        this.#effects.start(() => this.#backOff(step.task, step.ms));
        return;
      case 'end-running':
        for (const submitted of this.#submitted.values()) submitted.cancel();
    }
  }

  /** Computes the key of a task whose inputs all exist. */
  async #survey(task: number): Promise<void> {
    const { instance, forced } = this.#state.work.at(task);
    const found = await surveyInstanceToUse(
      this.#input.tools,
      instance,
      (id) => this.#state.work.made(id),
      forced,
    ).catch((error: unknown) => ({ state: 'broken' as const, failure: storeFailure(error) }));
    this.#state.surveyed(task, found);
  }

  // A task that has its slots, from the lock of its key to its stored record.

  async #attempt(task: number): Promise<void> {
    const state = this.#state;
    const lock = await this.#lock(task);
    if (lock.kind === 'busy') return state.busy(task, lock.holder);
    if (lock.kind === 'adopted') return state.adopted(task, knownResult(lock.result));
    if (state.stopped) {
      await this.#unlock(task);
      return state.cancelled(task);
    }
    const { key } = state.work.action(task);
    const whole: Promise<void> = this.#perform(task, () => this.#recording.set(key, whole)).then(
      (outcome) => this.#conclude(task, outcome),
    );
    await whole.finally(() => this.#recording.delete(key));
  }

  /** A lock that is already held (in a retry) stays held. */
  async #lock(task: number): Promise<Locked> {
    if (this.#locks.has(task)) return { kind: 'held' };
    const { ctx, handle, tools } = this.#input;
    const action = this.#state.work.action(task);
    const lock = await ctx.store.locks.acquire(action.key, `run ${handle.id}`);
    if (lock.kind === 'busy') return lock;
    this.#locks.set(task, () => lock.release());
    const { forced } = this.#state.work.at(task);
    const result = forced ? undefined : await recordedResult(tools.store, action);
    if (result === undefined) return { kind: 'held' };
    await this.#unlock(task);
    return { kind: 'adopted', result };
  }

  async #unlock(task: number): Promise<void> {
    const release = this.#locks.get(task);
    this.#locks.delete(task);
    await release?.();
  }

  /** `ingested`: only its record is left to be written. */
  async #perform(task: number, ingested: () => void): Promise<AttemptOutcome> {
    const { ctx, executor, handle, sandbox, emit } = this.#input;
    const state = this.#state;
    const { instance, forced } = state.work.at(task);
    const { id, pool } = instance;
    const number = state.begin(task);
    let devices = this.#input.devices.take(pool['gpu'] ?? 0);
    const over = (): void => {
      this.#submitted.delete(task);
      this.#input.devices.release(devices);
      devices = [];
    };
    const log = handle.logPath(id, number);
    try {
      return await attempt({
        ctx,
        executor,
        instance,
        action: state.work.action(task),
        run: handle.id,
        attempt: number,
        log,
        replace: forced,
        keep: this.#input.keepFailed,
        sandbox,
        devices,
        receive: (event) => emit({ ...event, id }),
        started: (submitted) => {
          this.#submitted.set(task, submitted);
          emit({ type: 'started', id, log: path.relative(ctx.root, log), attempt: number });
          if (state.killing) submitted.cancel();
        },
        computed: () => {
          over();
          state.computed(task);
          this.#drain();
        },
        ingested: (result) => {
          ingested();
          state.ingested(task, knownResult(result));
          this.#drain();
        },
      });
    } catch (error) {
      return { kind: 'failed', failure: storeFailure(error) };
    } finally {
      over();
    }
  }

  /** What follows from an attempt: the end of its task, another attempt, or an input made once more. */
  async #conclude(task: number, outcome: AttemptOutcome): Promise<void> {
    const state = this.#state;
    if (outcome.kind === 'failed' && state.retries(task, outcome.failure)) return;
    await this.#unlock(task);
    switch (outcome.kind) {
      case 'recorded': {
        const { instance } = state.work.at(task);
        const result = knownResult(outcome.result);
        this.#input.tools.memo.learn(instance.id, state.work.action(task).argumentText, result);
        return state.recorded(task, result, outcome.differing);
      }
      case 'failed':
        return state.failed(task, outcome.failure);
      case 'cancelled':
        return state.cancelled(task);
      case 'damaged-input':
        return this.#replaceInput(task, outcome);
    }
  }

  /** What made a damaged input makes it once more; a damaged copy of a source is taken again. */
  async #replaceInput(
    task: number,
    { origin, message }: Extract<AttemptOutcome, { kind: 'damaged-input' }>,
  ): Promise<void> {
    const { id, inputs } = this.#state.work.at(task).instance;
    const { resolver, store } = this.#input.tools;
    this.#input.emit({ type: 'warning', code: 'damaged-input', message, id });
    if ('source' in origin) {
      const taken: boolean[] = [];
      for (const input of inputs) {
        if (input.kind !== 'source' || input.path !== origin.source) continue;
        taken.push(await resolver.takeAgain(input));
      }
      if (taken.every(Boolean)) this.#state.sourceTakenAgain(task, message);
      else this.#state.failed(task, sourceChanged(origin.source));
      return;
    }
    const key = origin.key as ActionKey;
    // A record that is on its way to the disk would come back.
    await this.#recording.get(key);
    await store.dropAction(key);
    const maker = this.#state.work.task(origin.instance as InstanceId);
    this.#state.inputLost(task, maker, message);
  }

  // Tasks that were postponed: they hold no slots until what they wait for is there.

  /** Another run computes this key. When its lock is free the result is there, or is ours to make. */
  async #awaitLock(task: number): Promise<void> {
    for (;;) {
      await this.#sleep(task, LOCK_POLL_MS);
      if (!this.#state.waits(task)) return;
      const lock = await this.#lock(task);
      if (lock.kind === 'busy') continue;
      if (!this.#state.waits(task)) await this.#unlock(task);
      else if (lock.kind === 'adopted') this.#state.adopted(task, knownResult(lock.result));
      else this.#state.resume(task);
      return;
    }
  }

  /** The lock of its key stays held. */
  async #backOff(task: number, ms: number): Promise<void> {
    await this.#sleep(task, ms);
    if (this.#state.waits(task)) this.#state.resume(task);
    else await this.#unlock(task);
  }

  /** Ends early if the task does not wait any more. */
  async #sleep(task: number, ms: number): Promise<void> {
    for (let left = ms; left > 0 && this.#state.waits(task); left -= LOCK_POLL_MS) {
      await delay(Math.min(left, LOCK_POLL_MS));
    }
  }
}

function sourceChanged(source: string): Failure {
  const message = `${source} changed during the run`;
  return { reason: 'input-changed', message, hint: 'start the run again' };
}
