/** The active steps of a run. Keeps a bug in one of them until all have ended. */
export class Effects {
  readonly #running = new Set<Promise<void>>();
  readonly #afterEach: () => void;
  readonly #onBug: () => void;
  #bug: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  /** `onBug` should make the other effects end soon. */
  constructor(afterEach: () => void, onBug: () => void) {
    this.#afterEach = afterEach;
    this.#onBug = onBug;
  }

  /** Begins after all that is to be done now. */
  start(work: () => Promise<void>): void {
    const effect = Promise.resolve().then(work);
    this.#running.add(effect);
    effect
      .catch((error: unknown) => this.#fail(error))
      .then(() => {
        this.#running.delete(effect);
        this.#afterEach();
      })
      .catch((error: unknown) => this.#fail(error))
      .finally(() => {
        // Also where stopping the others fails in its turn: `allEnd` must not wait for it.
        this.#running.delete(effect);
        this.#wake();
      });
  }

  get size(): number {
    return this.#running.size;
  }

  #fail(error: unknown): void {
    this.#bug ??= { error };
    this.#onBug();
  }

  /** Resolves when none is active; rejects with the first bug. */
  async allEnd(): Promise<void> {
    while (this.#running.size > 0) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#bug !== undefined) throw this.#bug.error;
  }
}
