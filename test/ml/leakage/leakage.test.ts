import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LeakIndex, NEAR } from '../../../src/ml/leakage/leak-index.ts';
import {
  countLeaks,
  leakingRows,
  readLeaks,
  writeLeaks,
} from '../../../src/ml/leakage/leaks-file.ts';
import { jaccard, normalRow, normalText } from '../../../src/ml/leakage/normalise.ts';

describe('a row', () => {
  test('is compared without case, punctuation, further blanks and the form of its characters', () => {
    expect(normalText('  The “cat”—sat,\tＯＮ it.  ')).toBe('the cat sat on it');
    expect(normalText('$ 5.20 + "x"')).toBe(normalText('$5.20+ x'));
    expect(normalText('?!')).toBe('');
  });

  test('has the word 3-grams of each text, and no gram over both', () => {
    const { grams } = normalRow(['a b c d', 'x y']);
    const each = ['a b c', 'b c d', 'x y'].flatMap((text) => [...normalRow([text]).grams]);
    expect([...grams]).toEqual(each);
    expect(new Set(each).size).toBe(3);
  });
});

const index = (...rows: readonly (readonly string[])[]) => {
  const found = new LeakIndex();
  for (const row of rows) found.add(row);
  return found;
};

describe('a training row leaks', () => {
  const sentence = 'one two three four five six seven eight nine ten eleven twelve';

  test('as a duplicate of the first equal row, with its texts in any order', () => {
    const of = index(['x y z', 'a b'], ['A, b!', 'X y z.'], ['x y z']);
    expect(of.find(['a b', 'x y z'])).toEqual({ row: 0, similarity: 1 });
    expect(of.find(['x y z'])).toEqual({ row: 2, similarity: 1 });
  });

  test('as a near duplicate where it shares four fifths of all 3-grams', () => {
    const of = index(['something else entirely different'], [sentence]);
    const longer = `${sentence} thirteen`;
    expect(of.find([longer])).toEqual({ row: 1, similarity: 10 / 11 });
    expect(of.find([`${longer} and more`])).toBeUndefined(); // 10 of 13
  });

  test('never without a word', () => {
    expect(index(['?'], ['']).find(['!'])).toBeUndefined();
  });

  test('where a comparison with all rows finds it, and nowhere else', () => {
    const word = fc.constantFrom('a', 'b', 'c');
    const row = fc.array(
      fc.array(word, { maxLength: 9 }).map((words) => words.join(' ')),
      {
        minLength: 1,
        maxLength: 2,
      },
    );
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), row, (rows, wanted) => {
        const { whole, grams } = normalRow(wanted);
        const similar = rows.map((one) => {
          const other = normalRow(one);
          if (grams.size === 0) return 0;
          return other.whole === whole
            ? 1
            : Math.min(jaccard(grams, Float64Array.from(other.grams)), 0.9999);
        });
        const best = Math.max(0, ...similar);
        const found = index(...rows).find(wanted);
        expect(found !== undefined).toBe(best >= NEAR);
        if (found === undefined) return;
        expect(similar[found.row]).toBe(best);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the list of leaks', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'leaks-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const leaks = [
    { task: 'stsb', row: 3, split: 'dev', of: '7', similarity: 1 },
    { task: 'stsb', row: 3, split: 'test', of: 'x', similarity: 0.8571 },
    { task: 'stsb', row: 5, split: 'test', of: 'y', similarity: 1 },
    { task: 'qqp', row: 1, split: 'ax', of: '0', similarity: 1 },
  ];

  test('comes back as it was written, and counts dev and test apart', () => {
    const file = path.join(folder, 'leaks.tsv');
    writeLeaks(file, leaks);
    expect(readLeaks(file)).toEqual(leaks);
    expect(readFileSync(file, 'utf8').split('\n')[2]).toBe('stsb\t3\ttest\tx\t0.8571');
    const count = (side: 'dev' | 'test' | undefined, task: string) =>
      countLeaks(leakingRows(leaks, side), task, [1, 3, 4, 5]);
    expect([count('dev', 'stsb'), count('test', 'stsb'), count(undefined, 'stsb')]).toEqual([
      1, 2, 2,
    ]);
    expect([count('dev', 'qqp'), count('test', 'qqp'), count('test', 'rte')]).toEqual([0, 1, 0]);
  });

  test('is refused with its line, if it has another form', () => {
    const file = path.join(folder, 'wrong.tsv');
    writeFileSync(file, 'task\trow\n');
    expect(() => readLeaks(file)).toThrow(
      'wrong.tsv:1: the header is task, row, split, of, similarity',
    );
    writeFileSync(file, 'task\trow\tsplit\tof\tsimilarity\nrte\t1\tdev\n');
    expect(() => readLeaks(file)).toThrow('wrong.tsv:2: not a task, a row, a split');
  });
});
