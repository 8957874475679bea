import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/flow/core/json.ts';
import { canonicalJson } from '../../../src/flow/key/canonical.ts';

/** What JSON can hold: no lone surrogates; -0 and 0 are one number. */
const json = fc
  .jsonValue({ stringUnit: 'binary', maxDepth: 4 })
  .map((value) => JSON.parse(JSON.stringify(value)) as Json);

function shuffleKeys(value: Json): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map(shuffleKeys);
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, member]) => [key, shuffleKeys(member)]),
  );
}

describe('the canonical form', () => {
  test.each<[Json, string]>([
    [{ b: 1, a: [true, null, 'x'] }, '{"a":[true,null,"x"],"b":1}'],
    [-0, '0'],
    [1e21, '1e+21'],
    [0.1 + 0.2, '0.30000000000000004'],
    ['é\n"\\\u2028', '"é\\n\\"\\\\\u2028"'],
    [{ '10': 1, '9': 2, a: 3, B: 4 }, '{"10":1,"9":2,"B":4,"a":3}'],
    // By UTF-16 code units: the surrogate pair (d83d …) comes before U+FB01, unlike by code points.
    [{ ﬁ: 1, '😀': 2 }, '{"😀":2,"ﬁ":1}'],
    [{}, '{}'],
    [[[]], '[[]]'],
  ])('of %j is %s', (value, text) => {
    expect(canonicalJson(value)).toBe(text);
  });

  test('ignores the order of keys', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(shuffleKeys(value))).toBe(canonicalJson(value));
      }),
    );
  });

  test('round-trips', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(value);
      }),
    );
  });

  test('is injective: equal texts mean equal values', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(canonicalJson(a) === canonicalJson(b)).toBe(equal(a, b));
      }),
    );
  });

  test('tells near neighbours apart', () => {
    const near: Json[] = [
      null,
      'null',
      0,
      '0',
      false,
      '',
      [],
      {},
      [''],
      [[]],
      { '': '' },
      ['a,b'],
      ['a', 'b'],
    ];
    expect(new Set(near.map((value) => canonicalJson(value))).size).toBe(near.length);
  });

  test.each<[string, unknown]>([
    ['NaN', Number.NaN],
    ['Infinity', { a: [Number.POSITIVE_INFINITY] }],
    ['undefined', { a: undefined }],
    ['a hole', Array.from({ length: 1 })],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a key', { '\udc00': 1 }],
    ['a bigint', 1n],
    ['a Date', new Date(0)],
    ['a Map', new Map()],
  ])('does not exist for %s', (_name, value) => {
    expect(() => canonicalJson(value)).toThrow(/No canonical form/);
  });

  test('says where it failed', () => {
    expect(() => canonicalJson({ a: [1, { b: Number.NaN }] })).toThrow('NaN at $.a[1].b');
  });

  test('takes __proto__ for a key like any other', () => {
    expect(canonicalJson(JSON.parse('{"__proto__":1,"a":2}'))).toBe('{"__proto__":1,"a":2}');
  });
});

/** Written without the form under test. */
function equal(a: Json, b: Json): boolean {
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.entries(a), Object.entries(b)];
  const other = b as Readonly<Record<string, Json>>;
  return (
    left.length === right.length &&
    left.every(([key, value]) => Object.hasOwn(b, key) && equal(value as Json, other[key] as Json))
  );
}
