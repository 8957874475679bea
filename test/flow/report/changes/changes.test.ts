import { describe, expect, test } from 'vitest';
import { changeCells } from '../../../../src/flow/report/changes/change-text.ts';
import { changeLines } from '../../../../src/flow/report/changes/changes.ts';
import { noColor } from '../../../../src/flow/report/style.ts';

const cells = (old: unknown, now: unknown) =>
  changeCells({ kind: 'command', name: 'argv', old, new: now } as Parameters<
    typeof changeCells
  >[0]);

const argv = (last: string) => [
  'python3',
  'stages/train.py',
  '${inputs.rows}',
  '${outputs.model}',
  '--lr',
  last,
];

describe('the two sides of a change', () => {
  test('are whole where they are short', () => {
    expect(cells(500, 1000)).toEqual(['500', '1000']);
    expect(cells(undefined, 'x')).toEqual(['(none)', 'x']);
  });

  test('of long values show the place where they differ', () => {
    expect(cells(argv('0.1'), argv('0.25'))).toEqual(['…","--lr","0.1"]', '…","--lr","0.25"]']);
  });

  test('are cut, and differ all the same, wherever the difference stands', () => {
    const long = 'x'.repeat(100);
    for (const at of [0, 5, 30, 47, 48, 60, 99]) {
      const [old, now] = cells(long, `${long.slice(0, at)}y${long.slice(at + 1)}`);
      expect(old).not.toBe(now);
      expect(old.length).toBeLessThanOrEqual(48);
    }
    const [shorter, longer] = cells(long, `${long}!`);
    expect(longer).toBe(`${shorter}!`);
  });
});

const linesOf = (old: string, now: string): string[] => {
  const detail = { texts: [{ name: 't', old, new: now }], folders: [] };
  return changeLines([], {}, detail, noColor).filter((line) => /^ +[0-9]+ [-+] /.test(line));
};

describe('the lines of a text', () => {
  test('that are long show the place where one differs from the one that replaces it', () => {
    const long = 'x'.repeat(300);
    expect(linesOf(`a\n${long} 1\nb ${long}`, `a\n${long} 2\nc ${long}\nd`)).toEqual([
      '  2 - …xxxxxxxxxxx 1',
      `  3 - b ${'x'.repeat(97)}…`,
      '  2 + …xxxxxxxxxxx 2',
      `  3 + c ${'x'.repeat(97)}…`,
      '  4 + d',
    ]);
  });
});
