// Finds the evaluation rows of a primary that a training row repeats. The evaluation rows are in memory;
// the training rows, of which there may be a million, pass by.
import { jaccard, normalRow } from './normalise.ts';

/** From here on two rows are nearly the same. */
export const NEAR = 0.8;

export interface Match {
  /** Of the evaluation row, in the order of {@link LeakIndex.add}. */
  readonly row: number;
  /** 1: a duplicate. */
  readonly similarity: number;
}

/**
 * Rows with a similarity of at least {@link NEAR} share nearly all of their grams. So it is enough to find
 * an evaluation row by a few of them: if a row has n grams, two rows of this similarity differ in at most
 * n - ceil(0.8 n) of them, and one more than that cannot all be absent. The rarest ones are taken. Unlike
 * MinHash, this misses no pair.
 */
export class LeakIndex {
  /** The grams of each row. */
  readonly #rows: Float64Array[] = [];
  readonly #wholes = new Map<string, number>();
  readonly #byGram = new Map<number, number[]>();
  #built = false;

  /** @returns the number of the row */
  add(texts: readonly string[]): number {
    const { whole, grams } = normalRow(texts);
    if (!this.#wholes.has(whole)) this.#wholes.set(whole, this.#rows.length);
    return this.#rows.push(Float64Array.from(grams)) - 1;
  }

  /** The most similar row, the earliest of equals; undefined if none is similar enough. */
  find(texts: readonly string[]): Match | undefined {
    if (!this.#built) this.#build();
    const { whole, grams } = normalRow(texts);
    if (grams.size === 0) return undefined; // Rows without a word repeat nothing.
    const duplicate = this.#wholes.get(whole);
    if (duplicate !== undefined) return { row: duplicate, similarity: 1 };
    const seen = new Set<number>();
    let best: Match | undefined;
    for (const gram of grams) {
      for (const row of this.#byGram.get(gram) ?? []) {
        if (seen.has(row)) continue;
        seen.add(row);
        const similarity = jaccard(grams, this.#rows[row] as Float64Array);
        if (similarity < NEAR || similarity < (best?.similarity ?? 0)) continue;
        if (best === undefined || similarity > best.similarity || row < best.row) {
          best = { row, similarity };
        }
      }
    }
    return best;
  }

  #build(): void {
    const counts = new Map<number, number>();
    for (const grams of this.#rows) {
      for (const gram of grams) counts.set(gram, (counts.get(gram) ?? 0) + 1);
    }
    for (const [row, grams] of this.#rows.entries()) {
      const rarest = [...grams].sort(
        (a, b) => (counts.get(a) as number) - (counts.get(b) as number),
      );
      // Without the small number, a product such as 0.8 * 5 may lie above the whole number.
      const differing = grams.length - Math.ceil(NEAR * grams.length - 1e-9);
      for (const gram of rarest.slice(0, differing + 1)) {
        const rows = this.#byGram.get(gram);
        if (rows === undefined) this.#byGram.set(gram, [row]);
        else rows.push(row);
      }
    }
    this.#built = true;
  }
}
