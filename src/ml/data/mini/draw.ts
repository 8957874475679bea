import type { NextU32 } from '../../random.ts';

/** The four kinds of draws from a u32 source. */
export interface Draw {
  /** Uniform in [0, 1). */
  readonly float: () => number;
  /** Uniform in 0 … n - 1. */
  readonly below: (n: number) => number;
  readonly pick: <T>(items: readonly T[]) => T;
  /** Fisher-Yates from the end; a new list. */
  readonly shuffled: <T>(items: readonly T[]) => readonly T[];
}

export function drawFrom(next: NextU32): Draw {
  const float = (): number => next() / 2 ** 32;
  const below = (n: number): number => Math.floor(float() * n);
  return {
    float,
    below,
    pick: <T>(items: readonly T[]) => items[below(items.length)] as T,
    shuffled: <T>(items: readonly T[]) => {
      const list = [...items];
      for (let i = list.length - 1; i > 0; i--) {
        const j = below(i + 1);
        const kept = list[i] as T;
        list[i] = list[j] as T;
        list[j] = kept;
      }
      return list;
    },
  };
}

/** @param weights of 0 … n - 1, summing to 1 */
export function drawWeighted(draw: Draw, weights: readonly number[]): number {
  const x = draw.float();
  let sum = 0;
  for (const [i, weight] of weights.entries()) {
    sum += weight;
    if (x < sum) return i;
  }
  return weights.length - 1;
}
