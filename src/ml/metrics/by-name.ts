// The metrics by the names that a task's record and metrics.json have for them.
import { accuracy, f1, macroF1, matthews, pearson, spearman } from './metrics.ts';

interface Metric {
  readonly compute: (predictions: Float32Array, labels: Float32Array) => number;
  /** In titles and on axes. */
  readonly title: string;
  /** The least value that it can have; the greatest is 1. */
  readonly least: -1 | 0;
  /** What it compares. */
  readonly of: 'classes' | 'two classes' | 'scores';
}

export const METRICS = {
  accuracy: { compute: accuracy, title: 'accuracy', least: 0, of: 'classes' },
  f1: { compute: f1, title: 'F1', least: 0, of: 'two classes' },
  macro_f1: { compute: macroF1, title: 'macro F1', least: 0, of: 'classes' },
  matthews: { compute: matthews, title: 'Matthews correlation', least: -1, of: 'classes' },
  pearson: { compute: pearson, title: 'Pearson correlation', least: -1, of: 'scores' },
  spearman: { compute: spearman, title: 'Spearman correlation', least: -1, of: 'scores' },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof METRICS;
