import { expect, test } from 'vitest';
import { Progress } from '../../../src/provision/fetch/progress.ts';

function told(isTTY: boolean, steps: readonly (readonly [ms: number, done: number])[]): string {
  let [now, text] = [0, ''];
  const progress = new Progress({ isTTY, write: (part: string) => (text += part) }, () => now);
  const on = progress.of('a wheel', 100e6);
  for (const [ms, done] of steps) {
    now = ms;
    on(done);
  }
  progress.say('unpacking');
  return text;
}

test('on a terminal one line is written anew, five times a second at most', () => {
  const steps = [[0, 0], [100, 10e6], [1000, 20e6], [1100, 21e6], [5000, 100e6]] as const; // prettier-ignore
  expect(told(true, steps).split('\r\u001b[K')).toEqual([
    '',
    '  a wheel: 0.0 MB of 100 MB',
    '  a wheel: 20 MB of 100 MB, 4 s left',
    '  a wheel: 100 MB of 100 MB\nunpacking\n',
  ]);
});

test('elsewhere a line comes now and then, and the last one always', () => {
  const steps = [[0, 50e6], [5000, 60e6], [10_000, 75e6], [12_000, 100e6]] as const; // prettier-ignore
  // What an earlier process brought says nothing of the rate.
  expect(told(false, steps)).toBe(
    '  a wheel: 50 MB of 100 MB\n  a wheel: 75 MB of 100 MB, 10 s left\n  a wheel: 100 MB of 100 MB\nunpacking\n',
  );
});

test('what breaks off in its line is followed by a line of its own', () => {
  expect(told(true, [[0, 10e6]])).toBe('\r\u001b[K  a wheel: 10 MB of 100 MB\nunpacking\n');
});
