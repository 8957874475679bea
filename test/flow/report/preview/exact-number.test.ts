import { expect, test } from 'vitest';
import { exactNumber, parseExactJson } from '../../../../src/flow/report/preview/exact-number.ts';

test('a number that 64 bits hold is a number; one that would become another is its text', () => {
  for (const text of [
    '0',
    '-0',
    '12',
    '0.1',
    '1e5',
    '9007199254740991',
    '9007199254740994',
    '0e9',
  ]) {
    expect(exactNumber(text)).toBe(Number(text));
  }
  for (const text of ['9007199254740993', '-9007199254740993', '1e400', '-1e400', '1e-400']) {
    expect(exactNumber(text)).toBe(text);
  }
  for (const text of ['', '01', '1.', '.5', '+1', 'NaN', '0x10', '1 ']) {
    expect(exactNumber(text)).toBeUndefined();
  }
});

test('digits inside strings and names are no numbers', () => {
  const text = String.raw`{"9007199254740993": ["1e400", "\"", 1e400, -2, {"a\\": 9007199254740993}]}`;
  expect(parseExactJson(text)).toEqual({
    '9007199254740993': ['1e400', '"', '1e400', -2, { 'a\\': '9007199254740993' }],
  });
  expect(parseExactJson('{"a": 1e400')).toBeUndefined();
});
