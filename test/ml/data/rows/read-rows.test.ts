import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { task } from '../../../../src/ml/tasks/tasks.ts';
import type { TaskName } from '../../../../src/ml/tasks/task.ts';
import { readRows } from '../../../../src/ml/data/rows/read-rows.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'rows-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function rows(name: TaskName, lines: string[], labelled = true, skipped?: string[]) {
  const file = path.join(folder, 'file.tsv');
  writeFileSync(file, `${lines.join('\n')}\n`);
  const onBadRow =
    skipped === undefined ? 'fail' : (problem: string) => void skipped.push(path.basename(problem));
  return [...readRows(file, task(name), labelled ? 'train' : 'test', onBadRow)];
}

test.each([
  ['mnli', 'index\tsentence1\tsentence2\tlabel1\tgold_label', '0\ta\tb\tneutral\tcontradiction', 2],
  ['rte', 'index\tsentence1\tsentence2\tlabel', '0\ta\tb\tnot_entailment', 1],
  ['qnli', 'index\tquestion\tsentence\tlabel', '0\ta\tb\tentailment', 0],
  ['qqp', 'id\tqid1\tqid2\tquestion1\tquestion2\tis_duplicate', '0\t1\t2\ta\tb\t1', 1],
  ['mrpc', 'Quality\t#1 ID\t#2 ID\t#1 String\t#2 String', '1\t8\t9\ta\tb', 1],
  ['stsb', 'index\tsentence1\tsentence2\tscore', '0\ta\tb\t3.250', 3.25],
] as const)('%s is two texts and a label', (task, header, row, label) => {
  expect(rows(task, [header, row])).toEqual([{ texts: ['a', 'b'], label }]);
});

test('sst2 is one text', () => {
  expect(rows('sst2', ['sentence\tlabel', 'fine \t1'])).toEqual([{ texts: ['fine '], label: 1 }]);
});

test('cola has no header where it is labelled, and one where it is not', () => {
  expect(rows('cola', ['gj04\t0\t*\tbad it is', 'gj04\t1\t\tit is good'])).toEqual([
    { texts: ['bad it is'], label: 0 },
    { texts: ['it is good'], label: 1 },
  ]);
  expect(rows('cola', ['index\tsentence', '0\tit is'], false)).toEqual([
    { texts: ['it is'], label: Number.NaN },
  ]);
});

test('a test file needs no label column', () => {
  expect(rows('rte', ['index\tsentence1\tsentence2', '0\ta\tb'], false)).toEqual([
    { texts: ['a', 'b'], label: Number.NaN },
  ]);
});

const BAD = ['sentence\tlabel', 'a\t1', 'b\t2', 'c', 'd\t0'];

test('a row that cannot be used ends the reading with file and line', () => {
  expect(() => rows('sst2', BAD)).toThrow(
    /file\.tsv:3: '2' is not a label of sst2: 0, 1 \(bad_rows=skip passes over such rows\)$/,
  );
});

test('with bad_rows=skip such rows are passed over and told', () => {
  const skipped: string[] = [];
  expect(rows('sst2', BAD, true, skipped).map(({ texts }) => texts[0])).toEqual(['a', 'd']);
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
])("'%s' is a score", (score, label) => {
  const [row] = rows('stsb', ['sentence1\tsentence2\tscore', `a\tb\t${score}`]);
  expect(row?.label).toBe(label);
});

test.each(['', ' ', 'x', '5.1', '-1', 'NaN', 'Infinity', '0x3', '3,5', '1 2'])(
  "'%s' is not a score",
  (score) => {
    expect(() => rows('stsb', ['sentence1\tsentence2\tscore', `a\tb\t${score}`])).toThrow(
      /is not a score from 0 to 5/,
    );
  },
);
