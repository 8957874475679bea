import type { TaskName } from '../tasks/tasks.ts';
import { SUBMITTED_FILES } from './files.ts';
import type { SubmittedFile } from './files.ts';

/** real: a model's answers. placeholder: valid in form, no answers. missing: not in the zip. */
export type FileState = 'real' | 'placeholder' | 'missing';

/** A model's answers to a task's test file. */
export interface Predicted {
  /** In row order. */
  readonly answers: readonly string[];
  /** Which of the experiment's models it was. */
  readonly axes: Readonly<Record<string, string | number | boolean>>;
}

export interface ManifestFile {
  readonly file: string;
  readonly state: FileState;
  /** The test file that it answers, below GLUE's folder. */
  readonly test: string;
  readonly rows: number;
  /** Of a real file. */
  readonly model?: Predicted['axes'];
  /** What stands in every row of a placeholder. */
  readonly prediction?: string;
}

export interface Manifest {
  readonly format: 1;
  readonly files: readonly ManifestFile[];
}

export interface Submission {
  /** Contents by name, in the order of GLUE's list. */
  readonly files: ReadonlyMap<string, string>;
  readonly manifest: Manifest;
}

/**
 * Puts a submission together.
 *
 * @param index the ids of a test file's rows; undefined where the data has no such file
 * @throws when the answers are not as many as the rows
 */
export function submission(
  index: (testFile: string) => readonly string[] | undefined,
  predicted: ReadonlyMap<TaskName, Predicted>,
): Submission {
  const files = new Map<string, string>();
  const entries = SUBMITTED_FILES.map((file): ManifestFile => {
    const ids = index(file.test);
    const about = { file: file.name, test: file.test, rows: ids?.length ?? 0 };
    if (ids === undefined) return { ...about, state: 'missing' };
    const real = predictedFor(file, predicted);
    if (real === undefined) {
      files.set(
        file.name,
        table(ids, () => file.placeholder),
      );
      return { ...about, state: 'placeholder', prediction: file.placeholder };
    }
    const { answers, axes } = real;
    if (answers.length !== ids.length) {
      throw new Error(
        `${file.name}: ${answers.length} predictions for the ${ids.length} rows of ${file.test}`,
      );
    }
    files.set(
      file.name,
      table(ids, (row) => answers[row] as string),
    );
    return { ...about, state: 'real', model: axes };
  });
  return { files, manifest: { format: 1, files: entries } };
}

function table(ids: readonly string[], prediction: (row: number) => string): string {
  return `index\tprediction\n${ids.map((id, row) => `${id}\t${prediction(row)}\n`).join('')}`;
}

function predictedFor(
  file: SubmittedFile,
  predicted: ReadonlyMap<TaskName, Predicted>,
): Predicted | undefined {
  return file.task !== null && file.predicted ? predicted.get(file.task) : undefined;
}
