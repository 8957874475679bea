import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { badRowRule, prepareCounts, prepareTask, rowCap } from '../../../src/ml/data/prepare.ts';
import type { PrepareHelp, PrepareSettings } from '../../../src/ml/data/prepare.ts';
import { writeWordTokenizer } from '../../../src/ml/experiment/vocabulary.ts';
import { Shards } from '../../../src/ml/data/shards.ts';
import { encoderHere } from '../../../src/ml/text/row-encoder.ts';
import type { RowEncoder } from '../../../src/ml/text/row-encoder.ts';
import { filesBelow } from '../../../src/ml/data/rows/task-files.ts';
import { task } from '../../rig/glue-tasks.ts';
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

const settings: PrepareSettings = {
  task: task('rte'),
  draw: { rows: null, seed: 0 },
  badRows: 'skip',
};

/** A seed that draws the first two of the three rows that can be used. */
const TWO_FIRST = 0;

async function prepare(changed: Partial<PrepareSettings> = {}, help: Partial<PrepareHelp> = {}) {
  const words = path.join(folder, 'words');
  const find = filesBelow(raw());
  await writeWordTokenizer(words, {
    tasks: [{ task: task('rte'), find }],
    draw: { rows: 2, seed: TWO_FIRST },
    badRows: 'skip',
  });
  const encoder = encoderHere(openTokenizer(words), 6);
  return prepareTask(find, { ...settings, ...changed }, { encoder, ...help });
}

test('rows become ids with their labels, and the counts say what became of the data', async () => {
  const prepared = await prepare();
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
    skipped_train: 1,
    skipped_dev: 0,
    longest: 6,
    cut: 1,
    unknown: 3,
    missing: ['RTE/test.tsv'],
  });
});

/** Ids and first texts of the drawn rows. */
const drawn = async (rows: number, seed: number) => {
  const texts: string[] = [];
  const onTexts: PrepareHelp['onTexts'] = (split, raw) => {
    if (split === 'train') texts.push(...raw.map((row) => `${row.id} ${row.texts[0]}`));
  };
  const { splits, bad } = await prepare({ draw: { rows, seed } }, { onTexts });
  expect([splits.get('train')?.rows, splits.get('dev')?.rows]).toEqual([rows, 1]);
  expect(bad.get('train')).toHaveLength(1);
  return texts;
};

test('the cap draws rows by its seed, in the order of the file, and leaves dev whole', async () => {
  const pairs = new Set<string>();
  for (let seed = 0; seed < 20; seed++) {
    const two = await drawn(2, seed);
    expect(two).toEqual(two.toSorted());
    pairs.add(two.join(', '));
  }
  expect([...pairs].sort()).toEqual(['0 a b c, 1 a', '0 a b c, 3 e', '1 a, 3 e']);
  expect(await drawn(3, 1)).toEqual(['0 a b c', '1 a', '3 e']);
});

test('a bad row fails although the cap would not draw it', async () => {
  const draw = { rows: 1, seed: 0 };
  await expect(prepare({ draw, badRows: 'fail' })).rejects.toThrow('RTE/train.tsv:4: ');
});

test('a bad row fails with file and line unless it is to be skipped', async () => {
  await expect(prepare({ badRows: 'fail' })).rejects.toThrow(
    /RTE\/train\.tsv:4: 'perhaps' is not a label/,
  );
});

test('a file with a header alone, or with bad rows alone, is an error', async () => {
  const dev = 'index\tsentence1\tsentence2\tlabel';
  const good = [dev, '0\ta z\tb\tentailment'];
  try {
    for (const lines of [[dev], [dev, '0\ta\tb\tperhaps']]) {
      write('RTE/dev.tsv', lines);
      await expect(prepare()).rejects.toThrow('RTE/dev.tsv: no row that can be used');
    }
  } finally {
    write('RTE/dev.tsv', good);
  }
});

test('a task without a training file is an error that says what is missing', async () => {
  await expect(prepare({ task: task('mnli') })).rejects.toThrow(
    /MNLI\/train\.tsv: no such file; data\/README\.md says how to obtain GLUE/,
  );
});

test('tells how far it is, to the last row', async () => {
  const seen: (readonly [number, number])[] = [];
  await prepare({}, { shardRows: 2, onRows: (done, total) => void seen.push([done, total]) });
  // Lines of both files, headers counted.
  expect(seen.at(-1)).toEqual([7, 7]);
  expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).sort());
  expect(seen.length).toBeGreaterThan(2);
});

test('a preparation that was cut off takes the whole shards that it made, and ends the same', async () => {
  const whole = await prepare();
  const shards = new Shards(path.join(folder, 'shards'));
  const encoded: number[] = [];
  const words = path.join(folder, 'words');
  const counting = (most: number): RowEncoder => {
    const here = encoderHere(openTokenizer(words), 6);
    return {
      ...here,
      encode: async (rows) => {
        if (encoded.length === most) throw new Error('cut');
        encoded.push(rows.length);
        return here.encode(rows);
      },
    };
  };
  const help = { shards, shardRows: 2 };
  await expect(prepare({}, { ...help, encoder: counting(1) })).rejects.toThrow('cut');
  expect(encoded).toEqual([2]);
  expect(await prepare({}, { ...help, encoder: counting(99) })).toEqual(whole);
  // The shard of two rows was there; the third row and dev's one were not.
  expect(encoded).toEqual([2, 1, 1]);
  // One of another number of rows, as after a crash of the disk, is made again.
  shards.save('train-0', Int32Array.of(7, 0, 0));
  encoded.length = 0;
  expect(await prepare({}, { ...help, encoder: counting(99) })).toEqual(whole);
  expect(encoded).toEqual([2, 1, 1]);
});

test('params of another form are refused by name', () => {
  expect([rowCap(null), rowCap(5)]).toEqual([null, 5]);
  expect(() => rowCap(0)).toThrow("param 'rows' is 0, not null or an integer from 1");
  expect(() => badRowRule('ignore')).toThrow('param \'bad_rows\' is "ignore", not fail or skip');
});
