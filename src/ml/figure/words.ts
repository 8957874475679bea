// The names of tasks and strategies in figures.
import { METRICS } from '../metrics/by-name.ts';
import type { About } from '../tasks/task.ts';
import type { BaselineName } from './runs.ts';

const STRATEGIES: Readonly<Record<string, string>> = {
  random: 'random rows',
  bce: 'by similarity, BCE',
  ce: 'by similarity, CE',
  'ce-softmax': 'by similarity, CE softmax',
  intask: 'random within task',
  centroid: 'centroid of words',
  knn: 'nearest neighbours, words',
  dsir: 'DSIR',
  length: 'longest rows',
};

/** The title of a task; its name if nothing is known of it. */
export function taskTitle(task: string, abouts: readonly About[]): string {
  return abouts.find(({ name }) => name === task)?.title ?? task;
}

/** The word for `score` in a task's metrics.json. */
export function scoreWord({ score }: Pick<About, 'score'>): string {
  return METRICS[score].title;
}

/** The least and the greatest score that the task can have. */
export function scoreLimits({ score }: Pick<About, 'score'>): readonly [number, number] {
  return [METRICS[score].least, 1];
}

export function strategyTitle(strategy: string): string {
  return STRATEGIES[strategy] ?? strategy;
}

export function baselineTitle(name: BaselineName): string {
  return name === 'st' ? 'single task' : 'full MT-DNN';
}

/** "8 seeds", "1 seed", "5 to 8 seeds". */
export function seedWords(counts: readonly number[]): string {
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  if (least < most) return `${least} to ${most} seeds`;
  return most === 1 ? '1 seed' : `${most} seeds`;
}
