import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readLines } from '../../../../src/ml/data/rows/lines.ts';
import { openTable } from '../../../../src/ml/data/rows/open-table.ts';
import type { TableRow } from '../../../../src/ml/data/rows/table.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'table-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: string | Uint8Array): string {
  const place = path.join(folder, 'file.tsv');
  writeFileSync(place, content);
  return place;
}
const lines = (content: string | Uint8Array) => [...readLines(file(content))];
const table = (content: string | Uint8Array, wanted: string[], columns?: string[]) => {
  const place = file(content);
  const of = { place, name: 'file.tsv', format: 'tsv', ...(columns && { columns }) } as const;
  return [...(openTable(of, wanted) as Iterable<TableRow>)];
};

test('a byte order mark goes from the first line alone', () => {
  expect(lines('\ufeffa\n\ufeffb\n')).toEqual([
    { number: 1, text: 'a' },
    { number: 2, text: '\ufeffb' },
  ]);
});

test('the last line needs no line feed, and a line feed at the end makes no further line', () => {
  expect(lines('a\nb')).toEqual(lines('a\nb\n'));
  expect(lines('a\n\n').map(({ text }) => text)).toEqual(['a', '']);
  expect(lines('')).toEqual([]);
});

test('a carriage return before a line feed belongs to the end of the line', () => {
  expect(lines('a\r\nb\rc\r\n').map(({ text }) => text)).toEqual(['a', 'b\rc']);
});

test('separators of other alphabets end no line', () => {
  expect(lines('a\u2028b\u0085c\u000bd\n')).toEqual([
    { number: 1, text: 'a\u2028b\u0085c\u000bd' },
  ]);
});

test('a line that is no UTF-8 has no text, and the lines about it have theirs', () => {
  const bytes = Buffer.concat([
    Buffer.from('a\n'),
    Buffer.from([0xc3, 0x28, 0x0a]),
    Buffer.from('é'),
  ]);
  expect(lines(bytes).map(({ text }) => text)).toEqual(['a', undefined, 'é']);
});

test('lines are whole wherever the pieces of the file end', () => {
  const long = ['é'.repeat(700_000), '€'.repeat(400_000), 'x'];
  expect(lines(long.join('\n')).map(({ text }) => text)).toEqual(long);
});

test('columns are found by name, in any order, with blanks or underscores', () => {
  const content = 'label\t#2_String\tother\t#1 String\n1\tb\tc\ta\n';
  expect(table(content, ['#1 String', '#2 String', 'label'])).toEqual([
    { line: 2, cells: ['a', 'b', '1'] },
  ]);
});

test('quotes are plain characters and an empty cell is a cell', () => {
  expect(table('x\ty\n"a "" b\t\n', ['x', 'y'])).toEqual([{ line: 2, cells: ['"a "" b', ''] }]);
});

test('a column that the header does not name is an error that names the others', () => {
  expect(() => table('x\ty\na\tb\n', ['x', 'label'])).toThrow(
    /file\.tsv:1: there is no column 'label'; the header names x, y$/,
  );
});

test('a column that a file without a header lacks is an error that names its columns', () => {
  expect(() => table('a\tb\n', ['x', 'label'], ['x', 'y'])).toThrow(
    /file\.tsv:1: there is no column 'label'; the tasks file names its 'columns' x, y$/,
  );
});

test.each([
  [
    'is empty',
    '\nx\ty\na\tb\n',
    /:1: .*; the line is empty, and the header has to be the first one$/,
  ],
  [
    'is no UTF-8',
    Buffer.from('x\ty\n', 'utf16le').fill(0xff, 0, 1),
    /:1: .*; the line is not UTF-8$/,
  ],
  [
    'goes on to the end of the file',
    'x\ty\ra\tb\r'.repeat(99),
    /:1: .*; the line has 791 characters, which is not a header: lines end with a line feed, and columns are separated by tabs$/,
  ],
] as const)('a first line that %s is told instead of repeated', (_, content, message) => {
  expect(() => table(content, ['label'])).toThrow(message);
});

test('empty lines at the end are no rows, and elsewhere they are', () => {
  expect(table('x\ty\na\tb\n\n\n', ['x'])).toEqual([{ line: 2, cells: ['a'] }]);
  expect(table('x\ty\n\na\tb\n', ['x'])).toEqual([
    { line: 2, problem: 'the line has 1 columns, not 2' },
    { line: 3, cells: ['a'] },
  ]);
});

test('an empty file is an error', () => {
  expect(() => table('', ['x'])).toThrow(/the file is empty$/);
});

test('a line with more or fewer columns than the header is a problem of that line', () => {
  expect(table('x\ty\na\nb\tc\td\ne\tf\n', ['x'])).toEqual([
    { line: 2, problem: 'the line has 1 columns, not 2' },
    { line: 3, problem: 'the line has 3 columns, not 2' },
    { line: 4, cells: ['e'] },
  ]);
});

test('the first line of a file without a header is a row, unless it names the columns', () => {
  const columns = ['source', 'label'];
  expect(table('s\t1\n', ['label'], columns)).toEqual([{ line: 1, cells: ['1'] }]);
  expect(table('label\tsource\n0\ts\n', ['label'], columns)).toEqual([{ line: 2, cells: ['0'] }]);
});
