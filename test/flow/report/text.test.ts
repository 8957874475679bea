import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  formatBytes,
  formatClock,
  formatCount,
  formatDuration,
  formatRate,
  shortDigest,
} from '../../../src/flow/report/format.ts';
import { canRedraw } from '../../../src/flow/report/live/run-report.ts';
import { ansiColor, styleFor } from '../../../src/flow/report/style.ts';
import { table } from '../../../src/flow/report/table.ts';
import { textWidth, truncate, truncateMiddle } from '../../../src/flow/report/text-width.ts';

test.each([
  [0, '0.0 s', '0:00'],
  [59_940, '59.9 s', '1:00'],
  [59_960, '1 min 00 s', '1:00'],
  [245_000, '4 min 05 s', '4:05'],
  [3_599_600, '1 h 00 min', '1:00:00'],
  [7_620_000, '2 h 07 min', '2:07:00'],
])('%d ms is %s, on a clock %s', (ms, duration, clock) => {
  expect([formatDuration(ms), formatClock(ms)]).toEqual([duration, clock]);
});

test('bytes, counts, rates and digests are short', () => {
  const sizes = [0, 999, 1000, 4096, 999_949, 123_456_789, 2e15].map(formatBytes);
  expect(sizes).toEqual(['0 B', '999 B', '1.00 kB', '4.10 kB', '1.00 MB', '123 MB', '2.0 PB']);
  expect([5, 1234, 1_234_567].map(formatCount)).toEqual(['5', '1,234', '1,234,567']);
  expect([0.254, 9.999, 41.72, 2890.4].map(formatRate)).toEqual(['0.25', '10.0', '41.7', '2,890']);
  expect(shortDigest(`sha256:${'ab'.repeat(32)}`)).toBe('abababababab');
});

describe('widths', () => {
  test('wide letters take two cells, marks none, colours none', () => {
    expect(textWidth('日本')).toBe(4);
    expect(textWidth('✅')).toBe(2);
    expect(textWidth('✓')).toBe(1);
    expect(textWidth('e\u0301')).toBe(1);
    expect(textWidth(ansiColor.red('ab'))).toBe(2);
  });

  test('what is cut is never wider than asked, and what fits is as it was', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 0, max: 40 }),
        (text, columns) => {
          for (const cut of [truncate(text, columns), truncateMiddle(text, columns)]) {
            expect(textWidth(cut)).toBeLessThanOrEqual(columns);
            if (textWidth(text) <= columns) expect(cut).toBe(text);
          }
        },
      ),
    );
  });

  test('the middle gives way, so that both ends of an id are seen', () => {
    expect(truncateMiddle('train-td@disc=bce,seed=0', 15)).toBe('train-t…,seed=0');
  });
});

test('a table aligns by cells and ends no line in spaces', () => {
  const columns = [{ title: 'NAME' }, { title: 'SIZE', right: true }, { title: 'KIND' }];
  expect(
    table(columns, [
      ['日本', '5', 'a'],
      ['x', '1,000', ''],
    ]),
  ).toEqual(['NAME   SIZE  KIND', '日本      5  a', 'x     1,000']);
});

const colour = (stream: object, env: NodeJS.ProcessEnv) => styleFor(stream, env).color;

describe('what a stream can show', () => {
  const terminal = { isTTY: true };

  test('colours only on a terminal that is not dumb; NO_COLOR wins, then FORCE_COLOR', () => {
    expect(colour(terminal, {})).toBe(true);
    expect(colour({}, {})).toBe(false);
    expect(colour(terminal, { TERM: 'dumb' })).toBe(false);
    expect(colour(terminal, { NO_COLOR: '1', FORCE_COLOR: '1' })).toBe(false);
    expect(colour(terminal, { NO_COLOR: '' })).toBe(true);
    expect(colour({}, { FORCE_COLOR: '1' })).toBe(true);
  });

  test('redrawing only on a terminal, not in CI and not on a dumb one', () => {
    expect(canRedraw(terminal, {})).toBe(true);
    expect(canRedraw({}, {})).toBe(false);
    expect(canRedraw(terminal, { CI: 'true' })).toBe(false);
    expect(canRedraw(terminal, { CI: 'false' })).toBe(true);
    expect(canRedraw(terminal, { TERM: 'dumb' })).toBe(false);
  });
});
