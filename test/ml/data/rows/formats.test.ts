// Rows of the formats that own tasks can have.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objectCells } from '../../../../src/ml/data/rows/jsonl.ts';
import { readRows } from '../../../../src/ml/data/rows/read-rows.ts';
import type { RawRow } from '../../../../src/ml/data/rows/read-rows.ts';
import type { Format, Task } from '../../../../src/ml/tasks/task.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'formats-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const topic: Task = {
  name: 'topic',
  origin: 'own',
  files: {},
  format: 'csv',
  text: ['headline'],
  label: 'topic',
  labels: ['sport', 'world'],
};

async function read(format: Format, contents: readonly (string | Uint8Array)[], change: Partial<Task> = {}, split = 'train', skipped?: string[]) {
  const files = contents.map((content, i) => {
    const name = `${i}.${format}`;
    const place = path.join(folder, name);
    writeFileSync(place, content);
    return { place, name, format };
  });
  const onBadRow = skipped === undefined ? 'fail' : (problem: string) => void skipped.push(problem);
  const rows: RawRow[] = [];
  const task = { ...topic, format, ...change } as Task;
  for await (const row of readRows(files, task, split, onBadRow)) rows.push(row);
  return rows;
} // prettier-ignore
const texts = async (...of: Parameters<typeof read>) => (await read(...of)).map((row) => row.texts);
const labels = async (...of: Parameters<typeof read>) =>
  (await read(...of)).map((row) => row.label);

const line = (id: string) => `{"headline":"a","topic":"sport","key":${id}}\n`;

describe('CSV', () => {
  test('has fields in quotes with commas, doubled quotes and line ends in them', async () => {
    const file =
      'headline,topic\r\n"a, ""b""",sport\r\n"two\r\nlines",world\r\n,sport\r\nplain "quotes",world';
    expect(await texts('csv', [file])).toEqual([
      ['a, "b"'],
      ['two\nlines'],
      [''],
      ['plain "quotes"'],
    ]);
  });

  test('tells the line at which a record begins', async () => {
    const skipped: string[] = [];
    const file = 'headline,topic\n"a\nb",sport\nc\n"d\ne",wrld\n"f"g,sport\nh,world\n"i,sport\n';
    expect(await texts('csv', [file], {}, 'train', skipped)).toEqual([['a\nb'], ['h']]);
    expect(skipped).toEqual([
      '0.csv:4: the line has 1 columns, not 2',
      "0.csv:5: 'wrld' is not a label of topic: sport, world",
      '0.csv:7: text follows the closing quote in column 1',
      '0.csv:9: a quote is opened here and never closed',
    ]);
  });

  test('without the wanted column is refused with the columns that there are', async () => {
    await expect(read('csv', ['title;topic\na;sport\n'])).rejects.toThrow(
      "0.csv:1: there is no column 'headline'; the header names title;topic",
    );
  });
});

describe('JSON lines', () => {
  test('have texts, numbers and booleans as values, and other keys', async () => {
    const lines =
      '\ufeff{"headline":"a\\nb","topic":"sport","more":[1]}\r\n{"topic":1,"headline":2.5}\n\n';
    expect(await read('jsonl', [lines])).toEqual([
      { texts: ['a\nb'], label: 0, id: '0' },
      { texts: ['2.5'], label: 1, id: '1' },
    ]);
    const truth = '{"headline":"a","topic":true}\n';
    expect(await labels('jsonl', [truth], { labels: ['false', 'true'] })).toEqual([1]);
  });

  test.each([
    ['{"headline":"a"}', "there is no column 'topic'; the row has headline"],
    ['{"headline":["a"],"topic":"sport"}', "the column 'headline' is nested"],
    ['{"headline":null,"topic":"sport"}', "the column 'headline' has no text"],
    ['{"headline":"a","topic":null}', "'' is not a label of topic: sport, world"],
    ['["a","sport"]', 'the line is not a JSON object'],
    ['{"headline":"a"', 'the line is not JSON: '],
  ])('are refused with their line: %s', async (line, message) => {
    const good = '{"headline":"a","topic":"sport"}';
    await expect(read('jsonl', [`${good}\n${line}\n`])).rejects.toThrow(`0.jsonl:2: ${message}`);
  });
});

describe('labels', () => {
  const numbers = 'headline,topic\na,1\nb,1.0\nc,0\n';
  test('that are numbers are compared as decimals', async () => {
    expect(await labels('csv', [numbers], { labels: ['1', '0'] })).toEqual([0, 0, 1]);
    expect(await labels('csv', [numbers], { labels: ['0.0', '1.0'] })).toEqual([1, 1, 0]);
  });

  test('that are words can be written as their places in the list', async () => {
    expect(await labels('csv', [numbers])).toEqual([1, 1, 0]);
  });

  test.each(['2', '-1', '0.5', ''])('%j is none of two words', async (label) => {
    await expect(read('csv', [`headline,topic\na,${label}\n`])).rejects.toThrow(
      'is not a label of topic',
    );
  });

  test.each(['headline\na\n', 'headline,topic\na,-1\n', 'headline,topic\na,\n'])(
    'of a test file are not read: %j',
    async (file) => {
      expect(await read('csv', [file], {}, 'test')).toEqual([
        { texts: ['a'], label: NaN, id: '0' },
      ]);
    },
  );
});

describe('ids', () => {
  test('count through all files of a split, bad rows too', async () => {
    const files = ['headline,topic\na,sport\nb,x\n', 'headline,topic\nc,world\n'];
    const rows = await read('csv', files, {}, 'train', []);
    expect(rows.map(({ id, texts: [text] }) => [id, text])).toEqual([['0', 'a'], ['2', 'c']]); // prettier-ignore
  });

  test('that are numbers of JSON are exact, or refused', async () => {
    const [row] = await read('jsonl', [line('9007199254740991')], { id: 'key' });
    expect(row?.id).toBe('9007199254740991');
    await expect(read('jsonl', [line('1234567890123456789')], { id: 'key' })).rejects.toThrow(
      "0.jsonl:1: the column 'key' has a number that is too large to be exact: write it in quotes",
    );
    const [text] = await read('jsonl', [line('"1234567890123456789"')], { id: 'key' });
    expect(text?.id).toBe('1234567890123456789');
  });

  test('stay those of malformed test rows, and are never those of other rows', async () => {
    const ids = async (contents: string, change: Partial<Task> = { id: 'key' }) =>
      (await read('csv', [contents], change, 'test', [])).map((row) => row.id);
    expect(await ids('key,headline\n1,a\n2\n0,b\n')).toEqual(['1', 'unreadable row 1', '0']);
    expect(await ids('headline\na\nb,c\n', {})).toEqual(['0', '1']);
    const lines = '{"key":1,"headline":"a"}\n{"key":2,"headline":null}\n';
    const rows = await read('jsonl', [lines], { id: 'key' }, 'test', []);
    expect(rows.map((row) => row.id)).toEqual(['1', '2']);
  });

  test('can be times, which Parquet files have', () => {
    const time = new Date(0);
    expect(objectCells({ key: time }, ['key'])).toEqual({ cells: ['1970-01-01T00:00:00.000Z'] });
  });

  test('come from a column where the task names one, also in a test file', async () => {
    const id = { id: 'key' };
    expect(await read('csv', ['key,headline,topic\nx7,a,sport\n'], id)).toMatchObject([
      { id: 'x7' },
    ]);
    expect(await read('csv', ['key,headline\nx8,a\n'], id, 'test')).toMatchObject([{ id: 'x8' }]);
    await expect(
      read('jsonl', ['{"key":"a\\tb","headline":"a","topic":"sport"}'], id),
    ).rejects.toThrow("0.jsonl:1: the column 'key' has an id with a tab or a line break");
  });
});

const fixture = (name: string) =>
  readFileSync(
    fileURLToPath(new URL(`../../../fixtures/parquet/${name}.parquet`, import.meta.url)),
  );

describe('Parquet', () => {
  test.each(['zstd', 'gzip', 'snappy', 'none'])(
    'with %s has texts and int64 labels',
    async (codec) => {
      const skipped: string[] = [];
      const rows = await read('parquet', [fixture(codec)], { id: 'key' }, 'train', skipped);
      expect(rows).toEqual([
        { texts: ['a match'], label: 0, id: '10' },
        { texts: ['a treaty'], label: 1, id: '11' },
        { texts: ['größer'], label: 1, id: '1152921504606846976' },
      ]);
      expect(skipped).toEqual(["0.parquet:3: the column 'headline' has no text"]);
    },
  );

  test('has scores', async () => {
    const change = { label: 'score', labels: undefined, range: [0, 5] } as Partial<Task>;
    const skipped: string[] = [];
    expect(await labels('parquet', [fixture('none')], change, 'train', skipped)).toEqual([0.5, 2]);
    expect(skipped[1]).toBe("0.parquet:4: '' is not a score from 0 to 5");
  });

  test('with a nested or a missing column, or that is none, is refused by name', async () => {
    await expect(read('parquet', [fixture('none')], { text: ['nested'] })).rejects.toThrow(
      "0.parquet: the column 'nested' is nested, and a column must hold texts, numbers or booleans",
    );
    await expect(read('parquet', [fixture('none')], { text: ['headlines'] })).rejects.toThrow(
      "0.parquet: there is no column 'headlines'; the file has headline, topic, score, key, nested",
    );
    await expect(read('parquet', ['headline,topic\n'])).rejects.toThrow(
      '0.parquet: not a Parquet file',
    );
  });
});
