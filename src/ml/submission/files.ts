// The eleven files of a GLUE submission, and the test file that each one answers.
import type { TaskName } from '../data/dataset.ts';
import { task } from '../data/tasks.ts';

export interface SubmissionFile {
  /** Inside the zip. */
  readonly name: string;
  /** The test file, below GLUE's folder. */
  readonly test: string;
  /** The task that predicts it; null for WNLI, which FastMTL has no task for. */
  readonly task: TaskName | null;
  /** What stands in a row that no model answered: any word that is valid there. */
  readonly placeholder: string;
}

export const SUBMISSION_FILES: readonly SubmissionFile[] = [
  ofTask('CoLA', 'cola'),
  ofTask('SST-2', 'sst2'),
  ofTask('MRPC', 'mrpc'),
  ofTask('STS-B', 'stsb'),
  ofTask('QQP', 'qqp'),
  ofTask('MNLI-m', 'mnli', 'test_matched.tsv'),
  ofTask('MNLI-mm', 'mnli', 'test_mismatched.tsv'),
  ofTask('QNLI', 'qnli'),
  ofTask('RTE', 'rte'),
  { name: 'WNLI.tsv', test: 'WNLI/test.tsv', task: null, placeholder: '0' },
  { name: 'AX.tsv', test: 'diagnostic/diagnostic.tsv', task: 'mnli', placeholder: 'entailment' },
];

function ofTask(name: string, of: TaskName, test = 'test.tsv'): SubmissionFile {
  const { folder, labels } = task(of);
  return {
    name: `${name}.tsv`,
    test: `${folder}/${test}`,
    task: of,
    placeholder: labels[0] ?? score(0),
  };
}

/** STS-B's scores as the original submits them: inside the scale, three decimals. */
export function score(value: number): string {
  return Math.min(5, Math.max(0, value)).toFixed(3);
}
