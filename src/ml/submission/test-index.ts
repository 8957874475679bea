/**
 * The ids of a GLUE test file's rows, in file order: the column `index`, or QQP's `id`. A byte
 * order mark, CR LF and a missing last newline change nothing.
 *
 * @throws naming `place` and the line where a row has no id, or the header neither column
 */
export function testIndex(text: string, place: string): readonly string[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const header = (lines[0] ?? '').split('\t');
  const column = ['index', 'id'].map((name) => header.indexOf(name)).find((at) => at >= 0);
  if (column === undefined) {
    throw new Error(`${place}:1: the header has neither 'index' nor 'id': ${header.join(', ')}`);
  }
  return lines.slice(1).map((line, i) => {
    const id = line.split('\t')[column];
    if (id === undefined || id === '') throw new Error(`${place}:${i + 2}: the row has no id`);
    return id;
  });
}
