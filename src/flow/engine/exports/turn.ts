import { realpathSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { EngineContext } from '../context.ts';
import type { Emit } from '../run/ledger.ts';

/** Milliseconds between two looks at another run's lock, and after which this run says that it waits. */
const [POLL_MS, TOLD_AFTER_MS] = [20, 2_000];

/** Runs of one project write their exports one after another. */
export class ExportTurn {
  readonly #ctx: EngineContext;
  readonly #emit: Emit;
  readonly #interrupted: () => boolean;
  #release: (() => Promise<void>) | undefined;

  /** `interrupted`: somebody asked this run to end, so that it waits for no other. */
  constructor(ctx: EngineContext, emit: Emit, interrupted: () => boolean) {
    this.#ctx = ctx;
    this.#emit = emit;
    this.#interrupted = interrupted;
  }

  /** undefined: it is ours until `end`. Otherwise who has it: this run was interrupted while it waited. */
  async take(): Promise<string | undefined> {
    if (this.#release !== undefined) return undefined;
    const root = realpathSync(this.#ctx.root);
    for (let waited = 0; ; waited += POLL_MS) {
      const lock = await this.#ctx.store.locks.acquireExports(root);
      if (lock.kind === 'held') {
        this.#release = () => lock.release();
        return undefined;
      }
      if (this.#interrupted()) return lock.holder;
      if (waited === TOLD_AFTER_MS) {
        const message = `this run writes its exports after another run (${lock.holder}) has written its own`;
        this.#emit({ type: 'warning', code: 'exports-wait', message });
      }
      await delay(POLL_MS);
    }
  }

  async end(): Promise<void> {
    await this.#release?.();
  }
}
