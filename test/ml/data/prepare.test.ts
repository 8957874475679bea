import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { badRowRule, prepareCounts, prepareTask, rowCap } from '../../../src/ml/data/prepare.ts';
import type { PrepareSettings } from '../../../src/ml/data/prepare.ts';
import { writeWordTokenizer } from '../../../src/ml/data/vocabulary.ts';
import { openTokenizer } from '../../../src/ml/text/tokenizer-folder.ts';

let folder = '';
const raw = () => path.join(folder, 'glue');
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'prepare-'));
  mkdirSync(path.join(raw(), 'RTE'), { recursive: true });
  write('RTE/train.tsv', [
    'index\tsentence1\tsentence2\tlabel',
    '0\ta b c\td\tentailment',
    '1\ta\td d\tnot_entailment',
    '2\tc\tb\tperhaps',
    '3\te\tf\tentailment',
  ]);
  write('RTE/dev.tsv', ['index\tsentence1\tsentence2\tlabel', '0\ta z\tb\tentailment']);
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, lines: string[]): void {
  writeFileSync(path.join(raw(), name), lines.join('\n'));
}

const settings: PrepareSettings = { task: 'rte', rows: null, badRows: 'skip', maxLength: 6 };

function prepare(changed: Partial<PrepareSettings> = {}) {
  const words = path.join(folder, 'words');
  writeWordTokenizer(words, raw(), { tasks: ['rte'], rows: 2, badRows: 'skip' });
  return prepareTask(raw(), openTokenizer(words), { ...settings, ...changed });
}

test('rows become ids with their labels, and the counts say what became of the data', () => {
  const prepared = prepare();
  // [PAD] [CLS] [SEP] [UNK], then a b c d of the first two rows: 4 to 7.
  const train = prepared.splits.get('train');
  expect([...(train?.ids ?? [])]).toEqual([1, 4, 5, 2, 7, 2, 1, 4, 2, 7, 7, 2, 1, 3, 2, 3, 2]);
  expect([...(train?.offsets ?? [])]).toEqual([0, 6, 12, 17]);
  expect([...(train?.firstLength ?? [])]).toEqual([4, 3, 3]);
  expect([...(train?.labels ?? [])]).toEqual([0, 1, 0]);
  expect([...(prepared.splits.get('dev')?.ids ?? [])]).toEqual([1, 4, 3, 2, 5, 2]);
  expect(prepareCounts(prepared)).toEqual({
    train: 3,
    dev: 1,
    skipped: 1,
    longest: 6,
    cut: 1,
    unknown: 3,
    missing: ['test.tsv'],
  });
});

test('the cap takes the first rows of the training file and leaves dev whole', () => {
  const { splits, skipped } = prepare({ rows: 1 });
  expect([splits.get('train')?.rows, splits.get('dev')?.rows]).toEqual([1, 1]);
  expect(skipped).toEqual([]);
});

test('a bad row behind the cap is not looked at', () => {
  expect(prepare({ rows: 2, badRows: 'fail' }).splits.get('train')?.rows).toBe(2);
});

test('a bad row fails with file and line unless it is to be skipped', () => {
  expect(() => prepare({ badRows: 'fail' })).toThrow(/RTE\/train\.tsv:4: 'perhaps' is no label/);
});

test('a task without a training file is an error that says what is missing', () => {
  expect(() => prepare({ task: 'mnli' })).toThrow(
    /MNLI\/train\.tsv: no such file; data\/README\.md says how to obtain GLUE/,
  );
});

test('params of another form are refused by name', () => {
  expect([rowCap(null), rowCap(5)]).toEqual([null, 5]);
  expect(() => rowCap(0)).toThrow("param 'rows' is 0, not null or an integer from 1");
  expect(() => badRowRule('ignore')).toThrow('param \'bad_rows\' is "ignore", not fail or skip');
});
