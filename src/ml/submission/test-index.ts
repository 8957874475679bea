import { readLines } from '../data/rows/lines.ts';

/**
 * The ids of a GLUE test file's rows, in file order: the column `index`, or QQP's `id`.
 *
 * @throws naming the line where a row has no id, or the header neither column
 */
export function testIndex(file: string): readonly string[] {
  const lines = readLines(file);
  const first = lines.next();
  const header = first.done === true ? [] : (first.value.text ?? '').split('\t');
  const column = ['index', 'id'].map((name) => header.indexOf(name)).find((at) => at >= 0);
  if (column === undefined) {
    throw new Error(`${file}:1: the header has neither 'index' nor 'id': ${header.join(', ')}`);
  }
  return Array.from(lines, ({ number, text }) => {
    const id = text?.split('\t')[column];
    if (id === undefined || id === '') throw new Error(`${file}:${number}: the row has no id`);
    return id;
  });
}
