// The names of tasks and strategies in figures.
import { METRICS } from '../metrics/by-name.ts';
import { findTask } from '../tasks/tasks.ts';
import type { BaselineName } from './runs.ts';

const STRATEGIES: Readonly<Record<string, string>> = {
  random: 'random rows',
  bce: 'by similarity, BCE',
  ce: 'by similarity, CE',
  intask: 'random within task',
};

export function taskTitle(task: string): string {
  return findTask(task)?.title ?? task;
}

/** The word for `score` in a task's metrics.json. */
export function scoreWord(task: string): string {
  return scoreOf(task)?.title ?? 'score';
}

/** The least and the greatest score that the task can have. */
export function scoreLimits(task: string): readonly [number, number] {
  return [scoreOf(task)?.least ?? 0, 1];
}

function scoreOf(task: string) {
  const found = findTask(task);
  return found && METRICS[found.score];
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
