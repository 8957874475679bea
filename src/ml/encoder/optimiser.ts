// AdamW's step counters: which parameters a step updates, and with which step size.
import type { Backend, Tensor, Update } from '../backend/backend.ts';
import type { Entry } from './parameters.ts';

export interface OptimiserSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** Largest norm of all gradients together; Infinity: no clipping. */
  readonly clip: number;
  readonly weightDecay: number;
  /**
   * How a step treats a parameter without a gradient, such as another task's head. `zero`: if it had one
   * before, its gradient counts as zeros and it moves by momentum, as with the original's `zero_grad`.
   * `none`: it does not move.
   */
  readonly unused: 'zero' | 'none';
}

interface Counter {
  readonly step: number;
  readonly power1: number;
  readonly power2: number;
}

const FRESH: Counter = { step: 0, power1: 1, power2: 1 };

export class Optimiser {
  readonly #backend: Backend;
  readonly #settings: OptimiserSettings;
  readonly #groups: ReadonlyMap<string, readonly Entry[]>;
  readonly #counters = new Map<string, Counter>();

  constructor(backend: Backend, settings: OptimiserSettings, entries: readonly Entry[]) {
    this.#backend = backend;
    this.#settings = settings;
    const groups = new Map<string, Entry[]>();
    for (const entry of entries) {
      const group = groupOf(entry.slot.name);
      groups.set(group, [...(groups.get(group) ?? []), entry]);
    }
    this.#groups = groups;
  }

  /**
   * Inside a run, after the way back.
   *
   * @returns [1, 1], the norm of all gradients before clipping
   */
  update(lr: number): Tensor {
    const updates: Update[] = [];
    for (const [group, entries] of this.#groups) {
      const moves = entries.some(({ parameter }) => parameter.hasGradient);
      const before = this.#counters.get(group);
      if (!moves && (before === undefined || this.#settings.unused === 'none')) continue;
      const counter = this.#count(before ?? FRESH);
      this.#counters.set(group, counter);
      const stepSize = (lr * Math.sqrt(1 - counter.power2)) / (1 - counter.power1);
      for (const { slot, parameter } of entries) {
        const decay = decays(slot.name) ? lr * this.#settings.weightDecay : 0;
        updates.push({ parameter, stepSize, decay });
      }
    }
    return this.#backend.update(updates, this.#settings);
  }

  get counters(): Readonly<Record<string, number>> {
    const entries = [...this.#counters].flatMap(([group, { step, power1, power2 }]) => [
      [`${group}.step`, step] as const,
      [`${group}.beta1`, power1] as const,
      [`${group}.beta2`, power2] as const,
    ]);
    return Object.fromEntries(entries);
  }

  restore(counters: Readonly<Record<string, number>>): void {
    this.#counters.clear();
    for (const group of this.#groups.keys()) {
      const step = counters[`${group}.step`];
      if (step === undefined) continue;
      const [power1 = 1, power2 = 1] = [counters[`${group}.beta1`], counters[`${group}.beta2`]];
      this.#counters.set(group, { step, power1, power2 });
    }
  }

  /** By repeated products, because the last bits of Math.pow differ between versions of Node. */
  #count({ step, power1, power2 }: Counter): Counter {
    const { beta1, beta2 } = this.#settings;
    return { step: step + 1, power1: power1 * beta1, power2: power2 * beta2 };
  }
}

/** The group of a parameter: all of a group get gradients in the same steps and share a step counter. */
function groupOf(name: string): string {
  if (name.startsWith('bert.pooler.')) return 'pooler';
  return name.startsWith('bert.') ? 'encoder' : name.slice(0, name.lastIndexOf('.'));
}

function decays(name: string): boolean {
  return !name.includes('bias') && !name.includes('LayerNorm.weight');
}
