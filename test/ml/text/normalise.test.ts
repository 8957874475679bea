import { expect, test } from 'vitest';
import { normalise } from '../../../src/ml/text/normalise.ts';

const uncased = { cleanText: true, spaceChinese: true, lowercase: true, stripAccents: true };
const cased = { ...uncased, lowercase: false, stripAccents: false };

test('controls and formats go, other white space becomes a blank', () => {
  expect(normalise('a\u0000b\u200bc\u0085d\u000be', cased)).toBe('abcde');
  expect(normalise('a\tb\u00a0c\u2028d', cased)).toBe('a b c d');
});

test('ideographs stand alone, also beyond the basic plane', () => {
  expect(normalise('a中b', cased)).toBe('a 中 b');
  expect(normalise('a\u{20000}b', cased)).toBe('a \u{20000} b');
});

test('the start of CJK extension E is no ideograph, as in the tokenizers library', () => {
  expect(normalise('\u{2b820}\u{2b920}', cased)).toBe('\u{2b820} \u{2b920} ');
});

test('a final sigma is lowered as any other, and accents are stripped where asked', () => {
  expect(normalise('ΟΔΥΣΣΕΥΣ Café', uncased)).toBe('οδυσσευσ cafe');
  expect(normalise('Café', cased)).toBe('Café');
});
