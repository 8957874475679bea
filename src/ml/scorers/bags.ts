// Rows as bags of hashed words, weighted by tf-idf, of length 1.
import type { Words } from './word-rows.ts';

/** Words share one of these places. */
export const PLACES = 2 ** 18;

/** A sparse vector. */
export interface Bag {
  readonly places: Uint32Array;
  readonly values: Float64Array;
}

/** @param rows whose document frequencies are the weights */
export function bagger(rows: readonly Words[]): (row: Words) => Bag {
  const frequency = new Float64Array(PLACES);
  for (const row of rows) {
    for (const place of new Set(row.map(placeOf))) {
      frequency[place] = (frequency[place] as number) + 1;
    }
  }
  const weight = (place: number): number =>
    Math.log((1 + rows.length) / (1 + (frequency[place] as number))) + 1;
  return (row) => {
    const counts = new Map<number, number>();
    for (const word of row) counts.set(placeOf(word), (counts.get(placeOf(word)) ?? 0) + 1);
    const places = Uint32Array.from(counts.keys()).sort();
    const values = Float64Array.from(places, (place) => (counts.get(place) as number) * weight(place)); // prettier-ignore
    const length = Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
    return { places, values: length === 0 ? values : values.map((value) => value / length) };
  };
}

export function dot({ places, values }: Bag, dense: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < places.length; i++) {
    sum += (values[i] as number) * (dense[places[i] as number] as number);
  }
  return sum;
}

export function mean(bags: readonly Bag[]): Float64Array {
  const sum = new Float64Array(PLACES);
  for (const { places, values } of bags) {
    for (let i = 0; i < places.length; i++) {
      const place = places[i] as number;
      sum[place] = (sum[place] as number) + (values[i] as number);
    }
  }
  return bags.length === 0 ? sum : sum.map((value) => value / bags.length);
}

function placeOf(word: number): number {
  return word % PLACES;
}
