// Runs as the figure stage collects them, small and made up.
import type { Origin } from '../../../src/ml/figure/origin.ts';
import { entry, TASKS } from '../../rig/glue-tasks.ts';
import { gatherRuns } from '../../../src/ml/figure/runs.ts';
import type { Collections, Runs } from '../../../src/ml/figure/runs.ts';

/** mini with its defaults. */
export const mini: Origin = {
  data: 'mini',
  tasks: TASKS.map((name) => entry(name).about),
  settings: null,
  encoder: null,
  layers: 2,
  hidden: 64,
};

export interface Shape {
  readonly primary?: string;
  readonly strategies?: readonly string[];
  readonly nums?: readonly number[];
  readonly seeds?: readonly number[];
  readonly baselines?: boolean;
}

/** A score that differs from cell to cell and from seed to seed. */
export function scoreOf(strategy: number, num: number, seed: number): number {
  return 0.7 + 0.02 * strategy + num / 50_000 + ((seed * 7 + strategy) % 5) / 200;
}

export function collections(shape: Shape = {}): Collections {
  const { primary = 'rte', strategies = ['ce', 'bce', 'random'], nums = [250, 1000, 3000] } = shape;
  const { seeds = [0, 1, 2], baselines = true } = shape;
  const cells = strategies.flatMap((strategy, s) =>
    nums.flatMap((num) => seeds.map((seed) => ({ axes: { primary, strategy, num, seed }, s }))),
  );
  const over = (score: number) =>
    seeds.map((seed) => ({
      axes: { primary, seed },
      value: { score: score + seed / 100, epoch: 2 },
    }));
  return {
    scores: cells.map(({ axes, s }) => ({
      axes,
      value: { score: scoreOf(s, axes.num, axes.seed), epoch: 3, passes: 4 * axes.num },
    })),
    use: cells.map(({ axes }) => ({
      axes,
      value: { mnli: axes.num - 1, rte: 0, qqp: 1, pool: 20_000 },
    })),
    baselines: baselines ? { st: over(0.72), mt: over(0.8) } : {},
  };
}

export function runs(shape: Shape = {}): Runs {
  return gatherRuns(shape.primary ?? 'rte', collections(shape));
}
