import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeRow, longestFirst } from '../../../src/ml/text/row.ts';
import { composeTokenizer, parseTokenizer } from '../../../src/ml/text/tokenizer-json.ts';
import { createTokenizer } from '../../../src/ml/text/tokenizer.ts';

const length = fc.nat(80);
const room = fc.nat(60);

test('as much is kept as fits, of no text more than it has', () => {
  fc.assert(
    fc.property(length, length, room, (a, b, n) => {
      const [keptA, keptB] = longestFirst(a, b, n);
      expect(keptA + keptB).toBe(Math.min(a + b, n));
      expect(keptA <= a && keptB <= b).toBe(true);
    }),
  );
});

test('a text of at most half of the room is never cut, and two longer ones share it evenly', () => {
  fc.assert(
    fc.property(length, length, room, (a, b, n) => {
      const [keptA, keptB] = longestFirst(a, b, n);
      const whole = [a <= n / 2 ? keptA : a, b <= n / 2 ? keptB : b];
      expect(whole).toEqual([a, b]);
      const shared = a > n / 2 && b > n / 2;
      expect(shared ? Math.abs(keptA - keptB) : n % 2).toBe(n % 2);
    }),
  );
});

test('the odd place goes to the longer text, and to the second of equals', () => {
  expect(longestFirst(9, 8, 7)).toEqual([4, 3]);
  expect(longestFirst(8, 9, 7)).toEqual([3, 4]);
  expect(longestFirst(9, 9, 7)).toEqual([3, 4]);
});

const uncased = createTokenizer(
  composeTokenizer(['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'un', '##do', 'it', '.', 'é', 'e'], true),
);

test('a row is [CLS] a [SEP] b [SEP], and its first length counts up to the first [SEP]', () => {
  expect(encodeRow(uncased, ['Undo it.', 'it é'], 20)).toEqual({
    ids: [2, 4, 5, 6, 7, 3, 6, 9, 3],
    firstLength: 6,
    cut: 0,
  });
  expect(encodeRow(uncased, ['what'], 20)).toEqual({ ids: [2, 1, 3], firstLength: 3, cut: 0 });
});

test('an empty second text keeps its [SEP]', () => {
  expect(encodeRow(uncased, ['it', ''], 20)).toEqual({ ids: [2, 6, 3, 3], firstLength: 3, cut: 0 });
});

test('what does not fit is cut from the end and counted', () => {
  expect(encodeRow(uncased, ['it it it it'], 4)).toEqual({
    ids: [2, 6, 6, 3],
    firstLength: 4,
    cut: 2,
  });
  expect(encodeRow(uncased, ['it', '. . . .'], 6)).toEqual({ ids: [2, 6, 3, 7, 7, 3], firstLength: 3, cut: 2 }); // prettier-ignore
});

test('a vocabulary without a token that every row needs is refused', () => {
  expect(() => createTokenizer(composeTokenizer(['[PAD]', '[CLS]', '[UNK]'], true))).toThrow(
    'the vocabulary has no [SEP]',
  );
});

test('a tokenizer.json of another kind is refused by its part', () => {
  const json = { ...composeTokenizer(['[UNK]'], true), model: { type: 'Unigram' } };
  expect(() => parseTokenizer(JSON.stringify(json), 'tokenizer.json')).toThrow(
    'tokenizer.json: its model is Unigram; only WordPiece and byte-level BPE can be used',
  );
});
