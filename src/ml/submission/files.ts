// The files of a GLUE submission, and the form of their answers.
import type { CatalogueEntry } from '../tasks/catalogue.ts';
import type { Split, Task, TaskName } from '../tasks/task.ts';

/** The order of a submission's files. */
export const SUBMISSION_ORDER: readonly string[] = [
  'CoLA.tsv',
  'SST-2.tsv',
  'MRPC.tsv',
  'STS-B.tsv',
  'QQP.tsv',
  'MNLI-m.tsv',
  'MNLI-mm.tsv',
  'QNLI.tsv',
  'RTE.tsv',
  'WNLI.tsv',
  'AX.tsv',
];

export interface SubmittedFile {
  /** In the zip. */
  readonly name: string;
  /** The test file whose rows it answers, relative to the folder of the data. */
  readonly test: string;
  /** The task and split whose predictions are its answers; null for WNLI, which is not a task here. */
  readonly of: { readonly task: TaskName; readonly split: Split } | null;
  /** A valid answer for rows that no model answered. */
  readonly placeholder: string;
}

const WNLI: SubmittedFile = {
  name: 'WNLI.tsv',
  test: 'WNLI/test.tsv',
  of: null,
  placeholder: '0',
};

/** @param tasks of GLUE */
export function submittedFiles(tasks: readonly CatalogueEntry[]): readonly SubmittedFile[] {
  const files = tasks.flatMap(({ task, submission }) =>
    Object.entries(submission).map(([name, split]) => {
      const test = task.files[split]?.[0]?.path;
      if (test === undefined) throw new Error(`${name} answers ${split}, which ${task.name} lacks`);
      return { name, test, of: { task: task.name, split }, placeholder: placeholder(task) };
    }),
  );
  return [...files, WNLI].sort(
    (a, b) => SUBMISSION_ORDER.indexOf(a.name) - SUBMISSION_ORDER.indexOf(b.name),
  );
}

function placeholder({ labels, range }: Task): string {
  return labels === undefined ? score(0, range) : (labels[0] as string);
}

/** A score as a submission has it: inside the task's range, with three decimals. */
export function score(value: number, [least, greatest]: NonNullable<Task['range']>): string {
  return Math.min(greatest, Math.max(least, value)).toFixed(3);
}
