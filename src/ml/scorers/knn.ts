import { bagger } from './bags.ts';
import type { Fit } from './word-rows.ts';

/** Neighbours of a row among the primary's rows. */
const NEIGHBOURS = 10;

/** The mean of the highest cosines of a row to rows of the primary. */
export const knn: Fit = (pool, target) => {
  const bag = bagger(pool);
  const rowsAt = new Map<number, { readonly row: number; readonly value: number }[]>();
  for (const [row, words] of target.entries()) {
    const { places, values } = bag(words);
    for (const [i, place] of places.entries()) {
      const entry = { row, value: values[i] as number };
      const found = rowsAt.get(place);
      if (found === undefined) rowsAt.set(place, [entry]);
      else found.push(entry);
    }
  }
  return (words) => {
    const { places, values } = bag(words);
    const cosines = new Float64Array(target.length);
    for (const [i, place] of places.entries()) {
      for (const { row, value } of rowsAt.get(place) ?? []) {
        cosines[row] = (cosines[row] as number) + value * (values[i] as number);
      }
    }
    const highest = cosines.sort().subarray(-NEIGHBOURS);
    return highest.length === 0
      ? 0
      : highest.reduce((sum, value) => sum + value, 0) / highest.length;
  };
};
