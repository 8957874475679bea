import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readNpy, writeNpy } from '../../../src/ml/data/npy.ts';
import { readPrepared, readPreparedMeta, writePrepared } from '../../../src/ml/data/prepared.ts';
import { keptRows, poolRows, readSplit, writeSplit } from '../../../src/ml/data/split-file.ts';
import { TokenRowsBuilder } from '../../../src/ml/data/token-rows.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'files-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('an .npy file has the header that numpy writes', () => {
  const file = path.join(folder, 'a.npy');
  writeNpy(file, Uint16Array.of(1, 2, 0x0102));
  const bytes = readFileSync(file);
  // numpy.save(file, numpy.array([1, 2, 258], '<u2')) of numpy 2.4
  const header = "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), }".padEnd(117);
  expect(bytes.subarray(0, 10).toString('hex')).toBe('934e554d505901007600');
  expect(bytes.toString('latin1', 10, 128)).toBe(`${header}\n`);
  expect([...bytes.subarray(128)]).toEqual([1, 0, 2, 0, 2, 1]);
});

test('a vector of any type comes back as it was', () => {
  const file = path.join(folder, 'b.npy');
  writeNpy(file, Float32Array.of(1.5, Number.NaN, -0));
  expect([...readNpy(file, '<f4')]).toEqual([1.5, Number.NaN, -0]);
  writeNpy(file, Int32Array.of(-1, 2 ** 31 - 1));
  expect([...readNpy(file, '<i4')]).toEqual([-1, 2 ** 31 - 1]);
  writeNpy(file, new Uint32Array(0));
  expect(readNpy(file, '<u4')).toHaveLength(0);
});

test('an .npy file of another type, or cut short, is refused', () => {
  const file = path.join(folder, 'c.npy');
  writeNpy(file, Int32Array.of(1, 2, 3));
  expect(() => readNpy(file, '<f4')).toThrow(/c\.npy: not a whole vector of '<f4'/);
  writeFileSync(file, readFileSync(file).subarray(0, -4));
  expect(() => readNpy(file, '<i4')).toThrow(/c\.npy: not a whole vector of '<i4'/);
  writeFileSync(file, 'hello');
  expect(() => readNpy(file, '<i4')).toThrow(/c\.npy: not an \.npy file/);
});

function encoded(rows: readonly (readonly number[])[], firstLengths: readonly number[]) {
  return {
    ids: Int32Array.from(rows.flat()),
    lengths: Int32Array.from(rows, ({ length }) => length),
    firstLengths: Int32Array.from(firstLengths),
    cut: 0,
    unknown: 0,
  };
}

test('prepared rows come back as they were written, and absent splits as absent', () => {
  const builder = new TokenRowsBuilder();
  builder.add(encoded([[1, 9, 2, 8, 2], [1, 2]], [3, 2]), [1, Number.NaN]); // prettier-ignore
  builder.add(encoded([Array.from({ length: 9000 }, (_, i) => i)], [7]), [0.5]); // prettier-ignore
  const rows = builder.build();
  const place = path.join(folder, 'rows');
  writePrepared(
    place,
    { task: 'rte', classes: 2, maxLength: 24, vocabSize: 9001 },
    new Map([['dev', rows]]),
  );
  expect(readPrepared(place, 'dev')).toEqual(rows);
  expect(readPrepared(place, 'test')).toBeUndefined();
  expect(readPreparedMeta(place)).toEqual({
    format: 2,
    task: 'rte',
    classes: 2,
    max_length: 24,
    vocab_size: 9001,
    splits: { dev: { rows: 3, tokens: 9007, longest: 9000 } },
  });
  expect([...rows.offsets]).toEqual([0, 5, 7, 9007]);
});

test('a folder that is not prepared is refused by name', () => {
  expect(() => readPrepared(path.join(folder, 'none'), 'dev')).toThrow(/none\/meta\.json: no such/);
});

test('a split comes back as it was written, a line a task', () => {
  const file = path.join(folder, 'split.json');
  const split = {
    seed: 3,
    tasks: new Map([
      ['mnli', { train: 6, kept: Uint32Array.of(0, 2, 3, 5), td: Uint32Array.of(2, 5) }],
      ['rte', { train: 3, kept: null, td: new Uint32Array(0) }],
    ] as const),
  };
  writeSplit(file, split);
  expect(readSplit(file)).toEqual(split);
  expect(readFileSync(file, 'utf8')).toContain(
    '\n    "mnli": {"train":6,"kept":[0,2,3,5],"td":[2,5]},\n',
  );
  expect([...poolRows(split, 'mnli')]).toEqual([0, 3]);
  expect([...keptRows(split, 'rte')]).toEqual([0, 1, 2]);
  expect([...poolRows(split, 'stsb')]).toEqual([]);
});

test('rows of any lengths are found again by their offsets', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(1e6), { minLength: 1 })), (lists) => {
      const builder = new TokenRowsBuilder();
      for (const ids of lists) builder.add(encoded([ids], [1]), [0]);
      const { ids, offsets, rows } = builder.build();
      const found = lists.map((_, r) => [...ids.subarray(offsets[r], offsets[r + 1])]);
      expect([rows, found]).toEqual([lists.length, lists]);
    }),
  );
});
