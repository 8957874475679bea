// The table of a model's answers: one line per row of the split, in file order.
import { writeFileSync } from 'node:fs';
import { task } from '../tasks/tasks.ts';
import type { Answers } from './evaluate.ts';

/**
 * `row`, `prediction`, the logits (`logit_<class>`, or `logit`) and `label`, which is empty if the
 * split has none. Classes have the names of the task's files, scores the files' scale, not clipped.
 *
 * @param labels [rows], NaN where unlabelled
 */
export function writePredictions(file: string, answers: Answers, labels: Float32Array): void {
  const { labels: names } = task(answers.task);
  const { logits, width, predictions } = answers;
  const word = (value: number): string => {
    if (Number.isNaN(value)) return '';
    return names === undefined ? float(value) : (names[value] as string);
  };
  const columns = names === undefined ? ['logit'] : names.map((name) => `logit_${name}`);
  const lines = Array.from(predictions, (prediction, row) => {
    const own = Array.from(logits.subarray(row * width, (row + 1) * width), float);
    return [row, word(prediction), ...own, word(labels[row] as number)].join('\t');
  });
  const header = ['row', 'prediction', ...columns, 'label'].join('\t');
  writeFileSync(file, `${[header, ...lines].join('\n')}\n`);
}

/** Nine digits read back as the same float32. */
function float(value: number): string {
  return String(Number(value.toPrecision(9)));
}
