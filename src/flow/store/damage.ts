import type { Digest } from '../core/ids.ts';

/** Something in the cache that is not as it was written. Whoever found it has already dropped it. */
export interface Damage {
  readonly what: 'blob' | 'action' | 'layout';
  /** Absolute. */
  readonly path: string;
  readonly message: string;
  readonly digest?: Digest;
}

/** Collects damage until somebody listens, so that what is found before a run starts is told in it. */
export class DamageReports {
  readonly #listeners = new Set<(damage: Damage) => void>();
  readonly #told = new Set<string>();
  #waiting: Damage[] = [];

  report(damage: Damage): void {
    const once = `${damage.path}\n${damage.message}`;
    if (this.#told.has(once)) return;
    this.#told.add(once);
    if (this.#listeners.size === 0) this.#waiting.push(damage);
    for (const listener of this.#listeners) listener(damage);
  }

  listen(listener: (damage: Damage) => void): () => void {
    this.#listeners.add(listener);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const damage of waiting) listener(damage);
    return () => {
      this.#listeners.delete(listener);
    };
  }
}
