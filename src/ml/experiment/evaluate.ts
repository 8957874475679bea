// A model's answers to the rows of one task, and how good they are.
import type { TaskName, TokenRows } from '../data/dataset.ts';
import { accuracy, f1, matthews, pearson, spearman } from '../metrics/metrics.ts';
import type { Learner } from '../train/learner.ts';
import { decisions, forwardRows } from '../train/predict.ts';
import type { DevMetrics } from './choice.ts';
import type { LabelScale } from './settings.ts';

export interface Answers {
  readonly task: TaskName;
  /** [rows, width] */
  readonly logits: Float32Array;
  /** Classes, or 1 for a regression. */
  readonly width: number;
  /** [rows]: class ids, or scores in the labels' own scale. */
  readonly predictions: Float32Array;
}

/** Rows of a batch without gradients: enough to fill the matrix products, little memory. */
export const EVAL_BATCH = 64;

export async function answer(
  learner: Learner,
  rows: { readonly task: TaskName; readonly data: TokenRows },
  labelScale: LabelScale,
  batch: number = EVAL_BATCH,
): Promise<Answers> {
  const { values, width } = await forwardRows(rows, batch, (part) => learner.logits(part));
  const scale = labelScale[rows.task] ?? 1;
  const decided = decisions(values, width);
  const predictions = width === 1 ? decided.map((value) => value / scale) : decided;
  return { task: rows.task, logits: values, width, predictions };
}

/** GLUE's metrics for the task; a correlation of constant answers is NaN. */
export function devMetrics({ task, predictions }: Answers, labels: Float32Array): DevMetrics {
  switch (task) {
    case 'stsb':
      return { pearson: pearson(predictions, labels), spearman: spearman(predictions, labels) };
    case 'mrpc':
    case 'qqp':
      return { accuracy: accuracy(predictions, labels), f1: f1(predictions, labels) };
    case 'cola':
      return { matthews: matthews(predictions, labels) };
    case 'rte':
    case 'mnli':
    case 'qnli':
    case 'sst2':
      return { accuracy: accuracy(predictions, labels) };
  }
}
