import { describe, expect, test } from 'vitest';
import { changeCells } from '../../../src/flow/report/explanation.ts';

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
