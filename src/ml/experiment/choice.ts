// Which epoch of a fine-tuning counts, and which of its numbers is the score.
import type { TaskName } from '../data/dataset.ts';

/** A task's dev metrics by name, in GLUE's order for it. */
export type DevMetrics = Readonly<Record<string, number>>;

/**
 * The product of the task's metrics: rte accuracy, mrpc F1 x accuracy, stsb Pearson x Spearman. One
 * that is NaN or negative counts as 0: two negative correlations must not look good.
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

/** The number that figures show: GLUE's first metric of the task. NaN counts as 0, as in the choice. */
export function score(task: TaskName, metrics: DevMetrics): number {
  const name = scoreName(task);
  const value = metrics[name];
  if (value === undefined) throw new Error(`${task} has no metric '${name}'`);
  return Number.isNaN(value) ? 0 : value;
}

function scoreName(task: TaskName): 'accuracy' | 'pearson' | 'matthews' {
  switch (task) {
    case 'stsb':
      return 'pearson';
    case 'cola':
      return 'matthews';
    default:
      return 'accuracy';
  }
}
