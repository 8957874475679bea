import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { unzipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { entry, task, TASKS } from '../../rig/glue-tasks.ts';
import { submittedFiles } from '../../../src/ml/submission/files.ts';
import type { SubmittedFile } from '../../../src/ml/submission/files.ts';
import { answers } from '../../../src/ml/submission/predictions.ts';
import { submission } from '../../../src/ml/submission/submission.ts';
import type { Predicted } from '../../../src/ml/submission/submission.ts';
import { testIndex } from '../../../src/ml/submission/test-index.ts';
import { zip } from '../../../src/ml/submission/zip.ts';

const ids = (n: number): readonly string[] => Array.from({ length: n }, (_, i) => String(i));
const axes = { primary: 'rte', seed: 0 };
const FILES = submittedFiles(TASKS.map(entry));
const rte: Predicted = { answers: ['entailment', 'not_entailment'], axes };
const predicted = ({ task: of, split }: NonNullable<SubmittedFile['of']>) =>
  of === 'rte' && split === 'test' ? rte : undefined;

const table = (rows: string): string => `row\tprediction\tlogit\tlabel\n${rows}`;

describe('a submission', () => {
  test('has all eleven files, each with the ids of its test file', () => {
    const { files, manifest } = submission(FILES, () => ids(2), predicted);
    expect([...files.keys()]).toEqual(
      'CoLA SST-2 MRPC STS-B QQP MNLI-m MNLI-mm QNLI RTE WNLI AX'.split(' ').map((n) => `${n}.tsv`),
    );
    expect(files.get('RTE.tsv')).toBe('index\tprediction\n0\tentailment\n1\tnot_entailment\n');
    expect(manifest.files.find(({ file }) => file === 'RTE.tsv')).toEqual({
      file: 'RTE.tsv',
      test: 'RTE/test.tsv',
      state: 'real',
      rows: 2,
      model: axes,
    });
  });

  test.each([
    ['CoLA', '0'],
    ['SST-2', '0'],
    ['MRPC', '0'],
    ['STS-B', '0.000'],
    ['QQP', '0'],
    ['MNLI-m', 'entailment'],
    ['MNLI-mm', 'entailment'],
    ['QNLI', 'entailment'],
    ['RTE', 'entailment'],
    ['WNLI', '0'],
    ['AX', 'entailment'],
  ])('fills %s with %s where nothing was predicted, and says so', (name, word) => {
    const { files, manifest } = submission(
      FILES,
      () => ['7', '9'],
      () => undefined,
    );
    expect(files.get(`${name}.tsv`)).toBe(`index\tprediction\n7\t${word}\n9\t${word}\n`);
    expect(manifest.files.find(({ file }) => file === `${name}.tsv`)).toMatchObject({
      state: 'placeholder',
      prediction: word,
    });
  });

  test('leaves out a file whose test file the data lacks, and lists it as missing', () => {
    const { files, manifest } = submission(
      FILES,
      (file) => (file === 'QQP/test.tsv' ? undefined : ids(2)),
      predicted,
    );
    expect(files.has('QQP.tsv')).toBe(false);
    expect(manifest.files.find(({ file }) => file === 'QQP.tsv')).toEqual({
      file: 'QQP.tsv',
      test: 'QQP/test.tsv',
      state: 'missing',
      rows: 0,
    });
  });

  test('is refused when the predictions are not as many as the rows', () => {
    expect(() => submission(FILES, () => ids(3), predicted)).toThrow(
      'RTE.tsv: 2 predictions for the 3 rows of RTE/test.tsv',
    );
  });

  test('is a zip of the same bytes in every time zone', () => {
    const { files } = submission(FILES, () => ids(2), predicted);
    const zone = process.env['TZ'];
    const bytes = ['UTC', 'Asia/Tokyo', 'America/Los_Angeles'].map((tz) => {
      process.env['TZ'] = tz;
      return Buffer.from(zip(files)).toString('hex');
    });
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
    expect(new Set(bytes).size).toBe(1);
    const unpacked = unzipSync(zip(files));
    expect(Object.keys(unpacked)).toEqual([...files.keys()]);
    expect(Buffer.from(unpacked['RTE.tsv'] as Uint8Array).toString()).toBe(files.get('RTE.tsv'));
  });
});

test('a model of MNLI answers both of its test files and the diagnostic set', () => {
  const { manifest } = submission(
    FILES,
    () => ids(1),
    ({ task: of, split }) => (of === 'mnli' ? { answers: [split], axes } : undefined),
  );
  const real = manifest.files.filter(({ state }) => state === 'real');
  expect(real.map(({ file }) => file)).toEqual(['MNLI-m.tsv', 'MNLI-mm.tsv', 'AX.tsv']);
});

describe('predictions', () => {
  test('of classes stay the words of GLUE', () => {
    expect(
      answers(table('0\tentailment\t1\t\n1\tnot_entailment\t0\t\n'), task('rte'), 'p'),
    ).toEqual(['entailment', 'not_entailment']);
    expect(answers(table('0\t1\t1\t\n'), task('mrpc'), 'p')).toEqual(['1']);
  });

  test('of scores are clipped to the scale and have three decimals', () => {
    const text = table('0\t5.3\t\t\n1\t-0.2\t\t\n2\t3.14159\t\t\n3\t4.9996\t\t\n');
    expect(answers(text, task('stsb'), 'p')).toEqual(['5.000', '0.000', '3.142', '5.000']);
  });

  test.each([
    ['a word that is no label', 'rte', '0\tyes\t\t\n', "p:2: 'yes' is not a label of rte"],
    ['what is not a score', 'stsb', '0\tNaN\t\t\n', "p:2: 'NaN' is not a score"],
    ['a row out of order', 'rte', '0\tentailment\t\t\n2\tentailment\t\t\n', 'p:3: not row 1'],
  ] as const)('with %s are refused with their line', (_, name, rows, message) => {
    expect(() => answers(table(rows), task(name), 'p')).toThrow(message);
  });
});

describe('the ids of a test file', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'submission-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const indexOf = (text: string): readonly string[] => {
    const file = path.join(folder, 'test.tsv');
    writeFileSync(file, text);
    return testIndex(file);
  };

  test('are in the column index, or in id', () => {
    expect(indexOf('index\tsentence\n4\ta\n8\tb\n')).toEqual(['4', '8']);
    expect(indexOf('id\tquestion1\tquestion2\n0\ta\tb\n')).toEqual(['0']);
    expect(indexOf('sentence\tindex\na\t3\n')).toEqual(['3']);
  });

  test('do not mind a byte order mark, CR LF, quotes and a missing last newline', () => {
    expect(indexOf('\uFEFFindex\tsentence\r\n0\t"a\r\n1\tb')).toEqual(['0', '1']);
  });

  test('are missed with their line', () => {
    expect(() => indexOf('sentence\na\n')).toThrow(/test\.tsv:1: the header has neither/);
    expect(() => indexOf('sentence\tindex\na\t0\nb\n')).toThrow(/test\.tsv:3: the row has no id/);
  });

  const glue = path.resolve(import.meta.dirname, '../../../../shared/glue');
  test.skipIf(!existsSync(glue))(
    'of real GLUE are the numbers from 0 on (needs ../shared/glue)',
    () => {
      const rows = { 'RTE/test.tsv': 3000, 'MRPC/test.tsv': 1725, 'STS-B/test.tsv': 1379, 'diagnostic/diagnostic.tsv': 1104 }; // prettier-ignore
      for (const [file, count] of Object.entries(rows)) {
        const found = testIndex(path.join(glue, file));
        const lines = readFileSync(path.join(glue, file), 'utf8').split('\n').length;
        expect(found).toEqual(ids(count));
        expect(Math.abs(lines - count)).toBeLessThanOrEqual(2);
      }
    },
  );
});
