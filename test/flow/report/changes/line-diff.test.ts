import fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineDiff } from '../../../../src/flow/report/changes/line-diff.ts';

const line = fc.constantFrom('', 'a', 'b', 'c', 'd');
const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.join('\n'));

test('taking out the minus lines and putting in the plus lines makes the new text', () => {
  fc.assert(
    fc.property(text, text, (old, now) => {
      const diff = lineDiff(old, now);
      const gone = new Set(diff.filter(({ sign }) => sign === '-').map(({ line }) => line));
      const result = old.split('\n').filter((_, i) => !gone.has(i + 1));
      for (const added of diff.filter(({ sign }) => sign === '+')) {
        result.splice(added.line - 1, 0, added.text);
      }
      expect(result.join('\n')).toBe(now);
    }),
  );
});

test('equal texts have no difference, and a moved line is one out and one in', () => {
  expect(lineDiff('a\nb\n', 'a\nb\n')).toEqual([]);
  expect(lineDiff('a\nb\nc', 'b\nc\na')).toEqual([
    { sign: '-', line: 1, text: 'a' },
    { sign: '+', line: 3, text: 'a' },
  ]);
});

test('texts too long to be compared line by line still end soon', () => {
  const old = Array.from({ length: 30_000 }, (_, i) => `old ${i}`).join('\n');
  const now = Array.from({ length: 30_000 }, (_, i) => `new ${i}`).join('\n');
  expect(lineDiff(old, now)).toHaveLength(60_000);
});
