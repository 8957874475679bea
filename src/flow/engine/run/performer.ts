import path from 'node:path';
import type { StageEvent } from '../../core/events.ts';
import type { ActionResult } from '../../store/records/action-result.ts';
import type { RunHandle } from '../../store/records/runs.ts';
import { attempt } from '../attempt/attempt.ts';
import type { AttemptOutcome } from '../attempt/attempt.ts';
import type { EngineContext } from '../context.ts';
import type { Executor } from '../process/executor.ts';
import type { Sandbox } from '../sandbox/bubblewrap.ts';
import type { Emit } from '../emit.ts';
import { wholeResult } from '../survey/survey.ts';
import type { Devices } from '../schedule/pools.ts';
import { actionOf, storeFailure } from './work.ts';
import type { Work } from './work.ts';

export type Locked =
  | { readonly kind: 'held' }
  | { readonly kind: 'busy'; readonly holder: string }
  /** Another run has published the result meanwhile. */
  | { readonly kind: 'adopted'; readonly result: ActionResult };

/** Performs instances one attempt at a time, under the lock of their key; decides nothing. */
export class Performer {
  readonly #ctx: EngineContext;
  readonly #executor: Executor;
  readonly #handle: RunHandle;
  readonly #devices: Devices;
  readonly #emit: Emit;
  readonly #sandbox: Sandbox | undefined;

  constructor(
    ctx: EngineContext,
    executor: Executor,
    handle: RunHandle,
    devices: Devices,
    emit: Emit,
    sandbox?: Sandbox,
  ) {
    this.#ctx = ctx;
    this.#executor = executor;
    this.#handle = handle;
    this.#devices = devices;
    this.#emit = emit;
    this.#sandbox = sandbox;
  }

  /** A lock that is already held (a retry) stays so. */
  async lock(work: Work): Promise<Locked> {
    if (work.release !== undefined) return { kind: 'held' };
    const action = actionOf(work);
    const lock = await this.#ctx.store.locks.acquire(action.key, `run ${this.#handle.id}`);
    if (lock.kind === 'busy') return lock;
    work.release = () => lock.release();
    const result = work.forced ? undefined : await wholeResult(this.#ctx.store, action);
    if (result === undefined) return { kind: 'held' };
    await this.unlock(work);
    return { kind: 'adopted', result };
  }

  async unlock(work: Work): Promise<void> {
    const { release } = work;
    delete work.release;
    await release?.();
  }

  /**
   * `cancelled`: the run ended between the decision to start and the start. `computed`: what is left is to
   * store its outputs.
   */
  async attempt(
    work: Work,
    cancelled: () => boolean,
    computed: () => void,
  ): Promise<AttemptOutcome> {
    const { id, pool } = work.instance;
    work.attempts += 1;
    work.startedAt ??= this.#ctx.clock();
    let devices = this.#devices.take(pool['gpu'] ?? 0);
    const log = this.#handle.logPath(id, work.attempts);
    try {
      return await attempt({
        ctx: this.#ctx,
        executor: this.#executor,
        instance: work.instance,
        action: actionOf(work),
        run: this.#handle.id,
        attempt: work.attempts,
        log,
        sandbox: this.#sandbox,
        devices,
        receive: (event: StageEvent) => this.#emit({ ...event, id }),
        started: (submitted) => {
          work.submitted = submitted;
          const shown = path.relative(this.#ctx.root, log);
          this.#emit({ type: 'started', id, log: shown, attempt: work.attempts });
          if (cancelled()) submitted.cancel();
        },
        computed: () => {
          delete work.submitted;
          this.#devices.release(devices);
          devices = [];
          computed();
        },
      });
    } catch (error) {
      return { kind: 'failed', failure: storeFailure(error) };
    } finally {
      delete work.submitted;
      this.#devices.release(devices);
    }
  }
}
