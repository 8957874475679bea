import { bagger, dot, mean } from './bags.ts';
import type { Fit } from './word-rows.ts';

/** The cosine of a row to the mean of the primary's rows, after the mean of the pool is taken off both. */
export const centroid: Fit = (pool, target) => {
  const bag = bagger(pool);
  const middle = mean(pool.map(bag));
  const direction = mean(target.map(bag)).map((value, i) => value - (middle[i] as number));
  const [along, ofMiddle] = [dotDense(middle, direction), square(middle)];
  const length = Math.sqrt(square(direction));
  return (row) => {
    const own = bag(row);
    const norm = own.values.length === 0 ? 0 : 1;
    const distance = Math.sqrt(Math.max(0, norm - 2 * dot(own, middle) + ofMiddle));
    return distance * length === 0 ? 0 : (dot(own, direction) - along) / (distance * length);
  };
};

function dotDense(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
}

function square(vector: Float64Array): number {
  return dotDense(vector, vector);
}
