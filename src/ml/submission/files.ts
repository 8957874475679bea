// The files of a GLUE submission, and the form of their answers.
import { SUBMISSION_ORDER, WNLI } from '../tasks/glue.ts';
import type { SubmissionFile, Task } from '../tasks/task.ts';
import { TASKS, task } from '../tasks/tasks.ts';
import type { TaskName } from '../tasks/tasks.ts';

export interface SubmittedFile extends SubmissionFile {
  /** The task that it belongs to; null for WNLI. */
  readonly task: TaskName | null;
  /** A valid answer for rows that no model answered. */
  readonly placeholder: string;
}

export const SUBMITTED_FILES: readonly SubmittedFile[] = [
  ...TASKS.flatMap((name) => {
    const { submission, labels, range } = task(name);
    const placeholder = labels === undefined ? score(0, range) : (labels[0] as string);
    return submission.map((file) => ({ ...file, task: name, placeholder }));
  }),
  { ...WNLI, task: null, placeholder: '0' },
].sort((a, b) => SUBMISSION_ORDER.indexOf(a.name) - SUBMISSION_ORDER.indexOf(b.name));

/** A score as a submission has it: inside the task's range, with three decimals. */
export function score(value: number, [least, greatest]: NonNullable<Task['range']>): string {
  return Math.min(greatest, Math.max(least, value)).toFixed(3);
}
