// A model's answers to the rows of one task, and their metrics.
import type { TokenRows } from '../data/token-rows.ts';
import type { Measures, TaskName } from '../tasks/task.ts';
import { METRICS } from '../metrics/by-name.ts';
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

/** Rows of a batch without gradients: enough for efficient matrix products, with little memory. */
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

/** The task's metrics; a correlation of constant answers is NaN. */
export function devMetrics(
  { predictions }: Answers,
  labels: Float32Array,
  { metrics }: Measures,
): DevMetrics {
  return Object.fromEntries(
    metrics.map((metric) => [metric, METRICS[metric].compute(predictions, labels)]),
  );
}
