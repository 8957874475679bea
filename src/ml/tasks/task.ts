// A task's record: everything that readers, heads, metrics, figures and submissions need to know of it.
import type { MetricName } from '../metrics/by-name.ts';

export const SPLITS = ['train', 'dev', 'test', 'dev_mismatched', 'test_mismatched'] as const;

export type Split = (typeof SPLITS)[number];

/** Rows of a test split have no label. */
export function isLabelled(split: Split): boolean {
  return !split.startsWith('test');
}

export type Task = TaskText & (Classes | Scores);

interface TaskText {
  /** In params, axes and all files that the stages write. */
  readonly name: string;
  /** In figures. */
  readonly title: string;
  readonly files: { readonly [split in Split]?: TaskFile };
  /** The columns of a row's one or two texts. */
  readonly text: readonly [string] | readonly [string, string];
  /** The column of its label. */
  readonly label: string;
  /** In the order of metrics.json; fine-tuning keeps the epoch in which their product is largest. */
  readonly metrics: readonly MetricName[];
  /** The one of them that figures show. */
  readonly score: MetricName;
  /** The files of a submission that are this task's. */
  readonly submission: readonly SubmissionFile[];
}

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
  /** Relative to the folder of the data. */
  readonly path: string;
  /** The columns of a file that may lack a header line. */
  readonly columns?: readonly string[];
}

export interface SubmissionFile {
  /** In the zip. */
  readonly name: string;
  /** The test file whose rows it answers, relative to the folder of the data. */
  readonly test: string;
  /** Whether the predictions of the task's test split are its answers. */
  readonly predicted: boolean;
}

/** Outputs of the task's head: 1 for a regression. */
export function outputs({ labels }: Task): number {
  return labels?.length ?? 1;
}
