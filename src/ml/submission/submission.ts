import type { SubmittedFile } from './files.ts';

/** real: a model's answers. placeholder: valid in form, without answers. missing: not in the zip. */
export type FileState = 'real' | 'placeholder' | 'missing';

/** A model's answers to one split of a task. */
export interface Predicted {
  /** In row order. */
  readonly answers: readonly string[];
  /** The axes of the model that predicted. */
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
  /** The answer in every row of a placeholder. */
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
 * Makes a submission.
 *
 * @param submitted the files of the submission
 * @param index gives the ids of a test file's rows; undefined if the data has no such file
 * @throws if the number of answers differs from that of the rows
 */
export function submission(
  submitted: readonly SubmittedFile[],
  index: (testFile: string) => readonly string[] | undefined,
  predicted: (of: NonNullable<SubmittedFile['of']>) => Predicted | undefined,
): Submission {
  const files = new Map<string, string>();
  const entries = submitted.map((file): ManifestFile => {
    const ids = index(file.test);
    const about = { file: file.name, test: file.test, rows: ids?.length ?? 0 };
    if (ids === undefined) return { ...about, state: 'missing' };
    const real = file.of === null ? undefined : predicted(file.of);
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
