import type { Digest } from '../core/ids.ts';

/** Something damaged in the cache. flow has already removed it. */
export interface Damage {
  readonly what: 'blob' | 'action' | 'layout';
  /** Absolute. */
  readonly path: string;
  readonly message: string;
  readonly digest?: Digest;
}

/**
 * Collects damage until there is a listener, so that a run also reports damage that was found
 * before its start.
 */
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
