import type { Description } from '../statistics/describe.ts';
import { describe } from '../statistics/describe.ts';
import { holm } from '../statistics/holm.ts';
import type { PairedTest } from '../statistics/paired.ts';
import { pairedTest } from '../statistics/paired.ts';
import type { BaselineName, Runs } from './runs.ts';
import { CONTROL } from './runs.ts';

export interface CellSummary extends Description {
  readonly strategy: string;
  readonly num: number;
}

export interface BaselineSummary extends Description {
  readonly name: BaselineName;
}

/** A strategy against another, or against a baseline, at one num, over the seeds both have. */
export interface Comparison extends PairedTest {
  readonly strategy: string;
  readonly num: number;
  readonly against: string;
  /** Holm-corrected over all comparisons with the same `against`. */
  readonly pHolm: number | null;
}

export interface Summary {
  readonly primary: string;
  readonly seeds: readonly number[];
  readonly cells: readonly CellSummary[];
  readonly baselines: readonly BaselineSummary[];
  readonly comparisons: readonly Comparison[];
}

/** Values over seeds put together; strategies keep their order, nums ascend. */
export function summarise(runs: Runs): Summary {
  const groups = groupBy(runs.cells, ({ strategy, num }) => `${strategy} ${num}`);
  const cells = groups.map((group): CellSummary => {
    const { strategy, num } = group[0];
    return { strategy, num, ...describe(group.map(({ score }) => score)) };
  });
  const baselines = groupBy(runs.baselines, ({ name }) => name).map((group): BaselineSummary => ({
    name: group[0].name,
    ...describe(group.map(({ score }) => score)),
  }));
  const seeds = [...new Set([...runs.cells, ...runs.baselines].map(({ seed }) => seed))];
  return {
    primary: runs.primary,
    seeds: seeds.sort((a, b) => a - b),
    cells,
    baselines,
    comparisons: compare(runs, cells),
  };
}

function compare(runs: Runs, cells: readonly CellSummary[]): readonly Comparison[] {
  const families = [CONTROL, 'st', 'mt'].map((against) =>
    cells.flatMap(({ strategy, num }) => {
      if (strategy === against) return [];
      const mine = runs.cells.filter((cell) => cell.strategy === strategy && cell.num === num);
      const theirs = new Map(
        against === CONTROL
          ? runs.cells
              .filter((cell) => cell.strategy === CONTROL && cell.num === num)
              .map(({ seed, score }) => [seed, score])
          : runs.baselines
              .filter(({ name }) => name === against)
              .map(({ seed, score }) => [seed, score]),
      );
      const pairs = mine.flatMap(({ seed, score }) => {
        const other = theirs.get(seed);
        return other === undefined ? [] : [{ score, other }];
      });
      if (pairs.length === 0) return [];
      const test = pairedTest(
        pairs.map(({ score }) => score),
        pairs.map(({ other }) => other),
      );
      return [{ strategy, num, against, ...test }];
    }),
  );
  return families.flatMap((family) => {
    const corrected = holm(family.map(({ p }) => p));
    return family.map((test, i) => ({ ...test, pHolm: corrected[i] ?? null }));
  });
}

/** Groups in the order of first appearance; none is empty. */
function groupBy<T>(items: readonly T[], key: (item: T) => string): [T, ...T[]][] {
  const groups = new Map<string, [T, ...T[]]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group === undefined) groups.set(key(item), [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
