import type { TaskName } from '../data/dataset.ts';
import { SUBMISSION_FILES } from './files.ts';
import type { SubmissionFile } from './files.ts';

/** real: a model's answers. placeholder: valid in form, no answers. missing: not in the zip. */
export type FileState = 'real' | 'placeholder' | 'missing';

export interface ManifestFile {
  readonly file: string;
  readonly state: FileState;
  readonly rows: number;
  /** The task whose model answered; what stands there instead; or the test file that is not there. */
  readonly from: string;
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
 * @param predicted answers in row order, of the tasks that were predicted
 * @throws when the answers are not as many as the rows
 */
export function submission(
  index: (testFile: string) => readonly string[] | undefined,
  predicted: ReadonlyMap<TaskName, readonly string[]>,
): Submission {
  const files = new Map<string, string>();
  const entries = SUBMISSION_FILES.map((file): ManifestFile => {
    const ids = index(file.test);
    if (ids === undefined) {
      return { file: file.name, state: 'missing', rows: 0, from: `no ${file.test}` };
    }
    const real = answersFor(file, predicted);
    if (real !== undefined && real.length !== ids.length) {
      throw new Error(
        `${file.name}: ${real.length} predictions for the ${ids.length} rows of ${file.test}`,
      );
    }
    const rows = ids.map((id, row) => `${id}\t${real?.[row] ?? file.placeholder}\n`);
    files.set(file.name, `index\tprediction\n${rows.join('')}`);
    return {
      file: file.name,
      state: real === undefined ? 'placeholder' : 'real',
      rows: ids.length,
      from: real === undefined ? `every row ${file.placeholder}` : String(file.task),
    };
  });
  return { files, manifest: { format: 1, files: entries } };
}

/** A task's predictions answer its own `test.tsv`: MNLI's other files and AX are not predicted. */
function answersFor(
  file: SubmissionFile,
  predicted: ReadonlyMap<TaskName, readonly string[]>,
): readonly string[] | undefined {
  return file.task === null || file.task === 'mnli' ? undefined : predicted.get(file.task);
}
