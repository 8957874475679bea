// What a task is, as the stage `catalogue` writes it: one part for the rows, one for their measures, and
// one for people. A change of one part re-runs only the stages that read it.
import type { MetricName } from '../metrics/by-name.ts';

/** In params, axes and all files that the stages write. */
export type TaskName = string;

/** `train`, `dev` or `test`, or a further one such as `dev_mismatched`. */
export type Split = string;

/** Rows of a test split, and of GLUE's diagnostic set, have no label. */
export function isLabelled(split: Split): boolean {
  return split === 'train' || isDev(split);
}

/** Splits with labels that no model trains on. */
export function isDev(split: Split): boolean {
  return split === 'dev' || split.startsWith('dev_');
}

export const FORMATS = ['tsv', 'csv', 'jsonl', 'parquet'] as const;

export type Format = (typeof FORMATS)[number];

/** Where the rows are and how they are read. */
export type Task = TaskRecord & (Classes | Scores);

interface TaskRecord {
  readonly name: TaskName;
  readonly origin: TaskOrigin;
  readonly files: Readonly<Record<Split, readonly TaskFile[]>>;
  readonly format: Format;
  /** The columns of a row's one or two texts. */
  readonly text: readonly string[];
  /** The column of its label. */
  readonly label: string;
  /** The column of its id; absent: the number of the row in its file. */
  readonly id?: string;
}

/** `glue`: files below the folder of GLUE. `own`: files below the folder of the user's tasks file. */
export type TaskOrigin = 'glue' | 'own';

interface Classes {
  /** The classes as the files write them; their order gives the class ids. */
  readonly labels: readonly string[];
  readonly range?: undefined;
}

/** A regression. */
interface Scores {
  readonly labels?: undefined;
  /** The least and the greatest label. */
  readonly range: readonly [number, number];
}

export interface TaskFile {
  readonly path: string;
  /** The columns of a file without a header line. */
  readonly columns?: readonly string[];
}

/** How answers are measured. */
export interface Measures {
  /** In the order of metrics.json; fine-tuning keeps the epoch in which their product is largest. */
  readonly metrics: readonly MetricName[];
  /** The one of them that figures show. */
  readonly score: MetricName;
}

/** What figures and tables say of a task. */
export interface About extends Measures {
  readonly name: TaskName;
  readonly title: string;
  readonly origin: TaskOrigin;
}

/** Outputs of the task's head: 1 for a regression. */
export function outputs({ labels }: Task): number {
  return labels?.length ?? 1;
}
