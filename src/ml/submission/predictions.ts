import type { Task } from '../tasks/task.ts';
import { score } from './files.ts';

/**
 * The answers of a file of predictions, in row order, as a submission writes them.
 *
 * @throws naming `place` and the line of a value that is not an answer of the task
 */
export function answers(text: string, of: Task, place: string): readonly string[] {
  const [header = '', ...lines] = text.split('\n');
  const column = header.split('\t').indexOf('prediction');
  const rowColumn = header.split('\t').indexOf('row');
  if (column < 0 || rowColumn < 0) {
    throw new Error(`${place}:1: the columns 'row' and 'prediction' are needed: ${header}`);
  }
  if (lines.at(-1) === '') lines.pop();
  return lines.map((line, row) => {
    const cells = line.split('\t');
    if (cells[rowColumn] !== String(row)) throw new Error(`${place}:${row + 2}: not row ${row}`);
    return answer(cells[column] ?? '', of, `${place}:${row + 2}`);
  });
}

function answer(prediction: string, { name, labels, range }: Task, where: string): string {
  if (labels !== undefined) {
    if (labels.includes(prediction)) return prediction;
    throw new Error(`${where}: '${prediction}' is not a label of ${name} (${labels.join(', ')})`);
  }
  const value = Number(prediction);
  if (prediction === '' || !Number.isFinite(value)) {
    throw new Error(`${where}: '${prediction}' is not a score`);
  }
  return score(value, range);
}
