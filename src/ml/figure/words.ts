// How the figures name things.
import type { BaselineName } from './runs.ts';

const PRIMARIES: Readonly<Record<string, { readonly title: string; readonly score: string }>> = {
  rte: { title: 'RTE', score: 'accuracy' },
  mrpc: { title: 'MRPC', score: 'accuracy' },
  stsb: { title: 'STS-B', score: 'Pearson correlation' },
  mnli: { title: 'MNLI', score: 'accuracy' },
  qqp: { title: 'QQP', score: 'accuracy' },
  qnli: { title: 'QNLI', score: 'accuracy' },
  sst2: { title: 'SST-2', score: 'accuracy' },
  cola: { title: 'CoLA', score: 'Matthews correlation' },
};

const STRATEGIES: Readonly<Record<string, string>> = {
  random: 'random rows',
  bce: 'by similarity, BCE',
  ce: 'by similarity, CE',
  intask: 'random within task',
};

export function taskTitle(task: string): string {
  return PRIMARIES[task]?.title ?? task;
}

/** The word for `score` in a task's metrics.json. */
export function scoreWord(task: string): string {
  return PRIMARIES[task]?.score ?? 'score';
}

/** The least and the greatest that a score of the task can be. */
export function scoreLimits(task: string): readonly [number, number] {
  return [scoreWord(task).endsWith('correlation') ? -1 : 0, 1];
}

export function strategyTitle(strategy: string): string {
  return STRATEGIES[strategy] ?? strategy;
}

export function baselineTitle(name: BaselineName): string {
  return name === 'st' ? 'single task' : 'full MT-DNN';
}

export function dataTitle(data: string): string {
  return data === 'mini' ? 'mini: synthetic data' : data === 'glue' ? 'GLUE' : data;
}

/** "8 seeds", "1 seed", "5 to 8 seeds". */
export function seedWords(counts: readonly number[]): string {
  const least = Math.min(...counts);
  const most = Math.max(...counts);
  if (least < most) return `${least} to ${most} seeds`;
  return most === 1 ? '1 seed' : `${most} seeds`;
}
