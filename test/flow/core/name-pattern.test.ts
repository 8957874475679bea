import { expect, test } from 'vitest';
import { namePattern } from '../../../src/flow/core/name-pattern.ts';

test.each<[pattern: string, fits: readonly string[], others: readonly string[]]>([
  ['a', ['a'], ['A', 'aa', '']],
  ['*', ['', 'a', 'a\nb'], []],
  ['a*a', ['aa', 'aba', 'aaa'], ['a', 'aab']],
  ['*a*b', ['ab', 'xaxaxb'], ['ba', 'abx']],
  ['*ab*ab', ['abab', 'xabxab'], ['ab', 'aab']],
  ['?', ['a', '\n'], ['', 'ab']],
  ['[ab]', ['a', 'b'], ['c', '[ab]']],
  ['[!ab]', ['c'], ['a']],
  ['[^ab]', ['c'], ['a']],
  ['[a-c]x', ['bx'], ['dx']],
  ['[a', ['[a'], ['a']],
  ['[]', ['[]'], ['']],
  ['[\\]', ['\\'], [']']],
  ['a\\*', ['a\\', 'a\\x'], ['a*']],
  ['a.b+(c)|^$', ['a.b+(c)|^$'], ['axb', 'a.bbc']],
  ['{a,b}', ['{a,b}'], ['a']],
])('%s fits %j, not %j', (pattern, fits, others) => {
  expect(fits.filter((name) => !namePattern(pattern).test(name))).toEqual([]);
  expect(others.filter((name) => namePattern(pattern).test(name))).toEqual([]);
});

test('any number of stars against a long name ends', () => {
  const name = 'a'.repeat(255);
  expect(namePattern('*a*a*a*a*a*a*b').test(name)).toBe(false);
  // Tried in every division among the stars, this takes longer than the world has stood.
  expect(namePattern(`${'*a'.repeat(120)}b`).test(name)).toBe(false);
  expect(namePattern(`${'*a'.repeat(120)}*`).test(name)).toBe(true);
});
