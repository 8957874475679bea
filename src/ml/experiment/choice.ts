// Which epoch of a fine-tuning is chosen, and which of its metrics is the score.
import type { Measures } from '../tasks/task.ts';

/** A task's dev metrics by name, in the order of its measures. */
export type DevMetrics = Readonly<Record<string, number>>;

/**
 * The product of the task's metrics. One that is NaN or negative counts as 0: two negative
 * correlations must not look good.
 */
export function choiceValue(metrics: DevMetrics): number {
  return Object.values(metrics).reduce((product, value) => product * (value > 0 ? value : 0), 1);
}

/** The place of the largest {@link choiceValue}, the earliest of equals. */
export function bestEpoch(epochs: readonly DevMetrics[]): number {
  if (epochs.length === 0) throw new Error('there is no epoch to choose');
  let best = 0;
  for (let i = 1; i < epochs.length; i++) {
    if (choiceValue(epochs[i] as DevMetrics) > choiceValue(epochs[best] as DevMetrics)) best = i;
  }
  return best;
}

/** The number that figures show. NaN counts as 0, as in the choice of the epoch. */
export function score({ score: metric }: Measures, metrics: DevMetrics): number {
  const value = metrics[metric];
  if (value === undefined) throw new Error(`there is no metric '${metric}'`);
  return Number.isNaN(value) ? 0 : value;
}
