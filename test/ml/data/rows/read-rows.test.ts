import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { task } from '../../../rig/glue-tasks.ts';
import type { TaskName } from '../../../../src/ml/tasks/task.ts';
import { readRows } from '../../../../src/ml/data/rows/read-rows.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'rows-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function rows(name: TaskName, lines: string[], labelled = true, skipped?: string[]) {
  const file = path.join(folder, 'file.tsv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const onBadRow = skipped === undefined ? 'fail' : (problem: string) => void skipped.push(problem);
  const split = labelled ? 'train' : 'test';
  const { format, files } = task(name);
  const { columns } = files[split]?.[0] ?? {};
  const of = { place: file, name: 'file.tsv', format, ...(columns && { columns }) };
  const found = [];
  for await (const row of readRows([of], task(name), split, onBadRow)) found.push(row);
  return found;
}

test.each([
  ['mnli', 'index\tsentence1\tsentence2\tlabel1\tgold_label', '0\ta\tb\tneutral\tcontradiction', 2],
  ['rte', 'index\tsentence1\tsentence2\tlabel', '0\ta\tb\tnot_entailment', 1],
  ['qnli', 'index\tquestion\tsentence\tlabel', '0\ta\tb\tentailment', 0],
  ['qqp', 'id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate', '0\t1\t2\ta\tb\t1', 1],
  ['mrpc', 'Quality\t#1 ID\t#2 ID\t#1 String\t#2 String', '1\t8\t9\ta\tb', 1],
  ['stsb', 'index\tsentence1\tsentence2\tscore', '0\ta\tb\t3.250', 3.25],
] as const)('%s is two texts and a label', async (task, header, row, label) => {
  expect(await rows(task, [header, row])).toEqual([{ texts: ['a', 'b'], label, id: '0' }]);
});

test('sst2 is one text', async () => {
  expect(await rows('sst2', ['sentence\tlabel', 'fine \t1'])).toEqual([
    { texts: ['fine '], label: 1, id: '0' },
  ]);
});

test('cola has no header where it is labelled, and one where it is not', async () => {
  expect(await rows('cola', ['gj04\t0\t*\tbad it is', 'gj04\t1\t\tit is good'])).toEqual([
    { texts: ['bad it is'], label: 0, id: '0' },
    { texts: ['it is good'], label: 1, id: '1' },
  ]);
  expect(await rows('cola', ['index\tsentence', '0\tit is'], false)).toEqual([
    { texts: ['it is'], label: Number.NaN, id: '0' },
  ]);
});

test('a test file needs no label column', async () => {
  expect(await rows('rte', ['index\tsentence1\tsentence2', '0\ta\tb'], false)).toEqual([
    { texts: ['a', 'b'], label: Number.NaN, id: '0' },
  ]);
});

const BAD = ['sentence\tlabel', 'a\t1', 'b\t2', 'c', 'd\t0'];

test('a row that cannot be used ends the reading with file and line', async () => {
  await expect(rows('sst2', BAD)).rejects.toThrow(
    /file\.tsv:3: '2' is not a label of sst2: 0, 1 \(bad_rows=skip passes over such rows\)$/,
  );
});

test('with bad_rows=skip such rows are passed over and told', async () => {
  const skipped: string[] = [];
  const read = await rows('sst2', BAD, true, skipped);
  expect(read.map(({ texts, id }) => [texts[0], id])).toEqual([['a', '0'], ['d', '3']]); // prettier-ignore
  expect(skipped).toEqual([
    "file.tsv:3: '2' is not a label of sst2: 0, 1",
    'file.tsv:4: the line has 1 columns, not 2',
  ]);
});

test.each([
  ['5', 5],
  ['0.000', 0],
  [' .5', 0.5],
  ['25e-1 ', 2.5],
])("'%s' is a score", async (score, label) => {
  const [row] = await rows('stsb', ['sentence1\tsentence2\tscore', `a\tb\t${score}`]);
  expect(row?.label).toBe(label);
});

test.each(['', ' ', 'x', '5.1', '-1', 'NaN', 'Infinity', '0x3', '3,5', '1 2'])(
  "'%s' is not a score",
  async (score) => {
    const read = rows('stsb', ['sentence1\tsentence2\tscore', `a\tb\t${score}`]);
    await expect(read).rejects.toThrow(/is not a score from 0 to 5/);
  },
);

test('a test row that cannot be used stays, with empty texts, so that it gets an answer', async () => {
  const lines = ['sentence', 'a', 'b\tc', 'd'];
  await expect(rows('sst2', lines, false)).rejects.toThrow(
    'file.tsv:3: the line has 2 columns, not 1 (bad_rows=skip predicts such rows from empty texts)',
  );
  const read = await rows('sst2', lines, false, []);
  expect(read.map(({ texts }) => texts)).toEqual([['a'], [''], ['d']]);
});
