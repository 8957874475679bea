import jstat from 'jstat';

/** A quantity's values over seeds, summarised. */
export interface Description {
  readonly n: number;
  readonly mean: number;
  /** Sample standard deviation; null for one value. */
  readonly sd: number | null;
  readonly low: number;
  readonly high: number;
  /** Whether low and high are the 95 % t interval of the mean, or the least and greatest value. */
  readonly interval: 't95' | 'range';
}

/** With fewer values the interval is too wide to be useful: t at 1 degree of freedom is 12.7. */
export const VALUES_FOR_INTERVAL = 3;

/** @throws for no values, or one that is not finite */
export function describe(values: readonly number[]): Description {
  if (values.length === 0 || !values.every((value) => Number.isFinite(value))) {
    throw new Error(`values to describe must be finite and at least one: [${values.join(', ')}]`);
  }
  const n = values.length;
  const mean = jstat.mean(values);
  const sd = n > 1 ? jstat.stdev(values, true) : null;
  if (n < VALUES_FOR_INTERVAL || sd === null) {
    return { n, mean, sd, low: Math.min(...values), high: Math.max(...values), interval: 'range' };
  }
  const half = halfWidth(sd, n);
  return { n, mean, sd, low: mean - half, high: mean + half, interval: 't95' };
}

/** Half the 95 % confidence interval of a mean of n values, by Student's t. */
export function halfWidth(sd: number, n: number): number {
  return (jstat.studentt.inv(0.975, n - 1) * sd) / Math.sqrt(n);
}
