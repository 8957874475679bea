import jstat from 'jstat';
import { halfWidth } from './describe.ts';

/** The paired t test of a against b; differences are a - b. */
export interface PairedTest {
  readonly n: number;
  readonly difference: number;
  /** 95 % t interval of the difference; null if the differences have no spread. */
  readonly low: number | null;
  readonly high: number | null;
  readonly t: number | null;
  /** Two-sided. Null for one pair, or where every pair differs by the same amount. */
  readonly p: number | null;
  /** Pairs in which a is greater. */
  readonly better: number;
}

/** Spread of equal differences that have been rounded on the way, relative to the values. */
const NO_SPREAD = 1e-12;

/** @throws if the lengths differ or there is no pair */
export function pairedTest(a: readonly number[], b: readonly number[]): PairedTest {
  if (a.length !== b.length || a.length === 0) {
    throw new Error(`a paired test needs pairs: ${a.length} and ${b.length} values`);
  }
  const n = a.length;
  const differences = a.map((value, i) => value - (b[i] as number));
  const difference = jstat.mean(differences);
  const better = differences.filter((value) => value > 0).length;
  const scale = Math.max(...a.map(Math.abs), ...b.map(Math.abs));
  const sd = n > 1 ? jstat.stdev(differences, true) : 0;
  if (sd <= NO_SPREAD * scale) {
    return { n, difference, low: null, high: null, t: null, p: null, better };
  }
  const t = (difference / sd) * Math.sqrt(n);
  const half = halfWidth(sd, n);
  return {
    n,
    difference,
    low: difference - half,
    high: difference + half,
    t,
    p: 2 * jstat.studentt.cdf(-Math.abs(t), n - 1),
    better,
  };
}
