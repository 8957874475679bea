import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { digestBytes } from '../../../../src/flow/key/digest.ts';
import { linkEnd } from '../../../../src/flow/store/cas/link-end.ts';
import type { TreeEntry } from '../../../../src/flow/store/store.ts';
import {
  compareUtf8,
  decodeListing,
  encodeListing,
} from '../../../../src/flow/store/cas/tree-listing.ts';

const digest = digestBytes('x');
const file = (path: string): TreeEntry => ({ type: 'file', path, exec: false, size: 1, digest });

test('the canonical form is pinned: a change of it changes every key', () => {
  const entries: readonly TreeEntry[] = [
    { type: 'link', path: 'z', target: 'a b' },
    { type: 'dir', path: 'empty' },
    { type: 'file', path: 'a b', exec: true, size: 12, digest },
  ];
  expect(encodeListing(entries)).toBe(
    'flow.tree.v1\n' +
      `{"digest":"${digest}","exec":true,"path":"a b","size":12,"type":"file"}\n` +
      '{"path":"empty","type":"dir"}\n' +
      '{"path":"z","target":"a b","type":"link"}\n',
  );
  expect(String(digestBytes(encodeListing([])))).toBe(
    'sha256:397af2f37c66e2d9883c7be60f6d01a5eb8aa6306dc1b7456d0b6a736fb240ed',
  );
});

test('paths are ordered by their UTF-8 bytes', () => {
  const text = fc.string({ unit: 'binary', maxLength: 6 });
  fc.assert(
    fc.property(text, text, (a, b) => {
      expect(Math.sign(compareUtf8(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
  );
  expect(compareUtf8('\uFFFD', '\u{1F600}')).toBeLessThan(0);
});

test('a listing is read back as it was written, whatever the order it was given in', () => {
  const names = fc.uniqueArray(
    fc
      .string({ unit: 'binary', minLength: 1, maxLength: 8 })
      .filter((s) => !/^\.{1,2}$|[/\0]/.test(s)),
    { maxLength: 10 },
  );
  fc.assert(
    fc.property(names, (paths) => {
      const text = encodeListing(paths.map(file));
      expect(encodeListing([...paths].reverse().map(file))).toBe(text);
      expect(decodeListing(text)?.map((entry) => entry.path)).toEqual([...paths].sort(compareUtf8));
    }),
  );
});

test('a listing cut off inside is none, and no cut reads as more than its whole lines', () => {
  const text = encodeListing([file('a'), file('b')]);
  const whole: number[] = [];
  for (let length = 0; length < text.length; length++) {
    const entries = decodeListing(text.slice(0, length));
    if (entries !== undefined) whole.push(length);
  }
  const lines = [0, 1].map((count) => encodeListing([file('a'), file('b')].slice(0, count)));
  expect(whole).toEqual(lines.map((line) => line.length));
});

test.each([
  ['a path that climbs', [file('../a')]],
  ['an absolute path', [file('/a')]],
  ['a dot', [file('a/./b')]],
  ['an entry below a file', [file('a'), file('a/b')]],
  ['a link out of the tree', [{ type: 'link', path: 'a', target: '../b' } as const]],
  ['an absolute link', [{ type: 'link', path: 'a', target: '/etc' } as const]],
])('a listing with %s is refused', (_, entries) => {
  expect(decodeListing(encodeListing(entries))).toBeUndefined();
});

test('a listing with an entry twice or out of order is refused', () => {
  const [head = '', a = '', b = ''] = encodeListing([file('a'), file('b')]).split('\n');
  expect(decodeListing(`${head}\n${b}\n${a}\n`)).toBeUndefined();
  expect(decodeListing(`${head}\n${a}\n${a}\n`)).toBeUndefined();
  expect(decodeListing(`${head}\n${a}\n${b}\n`)).toHaveLength(2);
});

describe('where links lead', () => {
  test.each([
    ['a', { a: 'b' }, 'inside'],
    ['a', { a: '.' }, 'inside'],
    ['a', { a: '..' }, 'escapes'],
    ['d/a', { 'd/a': '../b' }, 'inside'],
    ['d/a', { 'd/a': '../../b' }, 'escapes'],
    ['d/x', { 'd/s': '..', 'd/x': 's/b' }, 'inside'],
    ['d/x', { 'd/s': '..', 'd/x': 's/../b' }, 'escapes'],
    ['d/e/x', { s: 'd/e', 'd/e/x': '../../s/../f' }, 'inside'],
    ['a', { a: 'b', b: 'a' }, 'loop'],
    ['a', { a: 'a' }, 'loop'],
  ] as const)('%s in %o: %s', (path, links, end) => {
    expect(linkEnd(path, new Map(Object.entries(links)))).toBe(end);
  });
});
