// The table of a model's answers: one line per row of the split, in file order.
import { writeFileSync } from 'node:fs';
import type { Answers } from './evaluate.ts';

/** What the data says of the answered rows. */
export interface Answered {
  readonly ids: readonly string[];
  /** [rows], NaN where unlabelled */
  readonly labels: Float32Array;
  /** Of the classes; null: a regression. */
  readonly names: readonly string[] | null;
}

/**
 * `row`, `id`, `prediction`, the logits (`logit_<class>`, or `logit`) and `label`, which is empty if the
 * split has none. Classes have the names of the task's files, scores the files' scale, not clipped.
 */
export function writePredictions(
  file: string,
  answers: Answers,
  { ids, labels, names }: Answered,
): void {
  if (ids.length !== answers.predictions.length) {
    throw new Error(`${file}: ${answers.predictions.length} answers to ${ids.length} rows`);
  }
  const { logits, width, predictions } = answers;
  const word = (value: number): string => {
    if (Number.isNaN(value)) return '';
    return names === null ? float(value) : (names[value] as string);
  };
  const columns = names === null ? ['logit'] : names.map((name) => `logit_${name}`);
  const lines = Array.from(predictions, (prediction, row) => {
    const own = Array.from(logits.subarray(row * width, (row + 1) * width), float);
    return [row, ids[row], word(prediction), ...own, word(labels[row] as number)].join('\t');
  });
  const header = ['row', 'id', 'prediction', ...columns, 'label'].join('\t');
  writeFileSync(file, `${[header, ...lines].join('\n')}\n`);
}

/** Nine digits read back as the same float32. */
function float(value: number): string {
  return String(Number(value.toPrecision(9)));
}
