import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../../src/flow/core/events.ts';
import { plainLines } from '../../../../src/flow/report/live/plain-lines.ts';
import { applyEvent, emptyProgress } from '../../../../src/flow/report/live/progress.ts';
import { noColor } from '../../../../src/flow/report/style.ts';
import { at, finished, id, progress, runStarted, started } from '../events.ts';

function linesOf(events: readonly RunEvent[], verbose = false): string[] {
  const all = emptyProgress();
  const line = plainLines(all, { style: noColor, verbose });
  return events.flatMap((event) => {
    applyEvent(all, event);
    return line.of(event) ?? [];
  });
}

const exit3 = { reason: 'exit', message: 'exited with code 3' } as const;

test('what starts and ends is told with a count of what is done', () => {
  const events: RunEvent[] = [
    runStarted('a', 'b@x=1', 'b@x=2', 'c'),
    finished(0, 'a', 'hit'),
    started(0, 'b@x=1'),
    finished(2, 'b@x=1', 'ran'),
    started(2, 'b@x=2', 2),
    finished(3, 'b@x=2', 'failed', exit3),
    finished(3, 'c', 'skipped'),
  ];
  expect(linesOf(events)).toEqual([
    '[1/4] start  b@x=1',
    '[2/4] ran    b@x=1  1.5 s',
    '[2/4] start  b@x=2  attempt 2',
    '[2/4] failed b@x=2  exited with code 3',
  ]);
  expect(linesOf(events, true)[0]).toBe('[1/4] hit    a');
  expect(linesOf(events, true).at(-1)).toBe('[2/4] skip   c');
});

test('what was cancelled is not counted as done', () => {
  const events = [runStarted('a', 'b'), started(0, 'a'), finished(1, 'a', 'cancelled')];
  expect(linesOf(events, true).at(-1)).toBe('[0/2] cancel a');
});

const silence = (events: readonly RunEvent[]): ((seconds: number) => string | undefined) => {
  const all = emptyProgress();
  const lines = plainLines(all, { style: noColor, verbose: false });
  for (const event of events) {
    applyEvent(all, event);
    lines.of(event);
  }
  return (seconds) => lines.atSilence(at(seconds));
};

describe('while nothing is told', () => {
  test('a line every half minute says what runs, and for how long', () => {
    const told = silence([runStarted('a', 'b'), started(0, 'a'), started(10, 'b')]);
    expect(told(39)).toBeUndefined();
    expect(told(40)).toBe('[0/2] runs   a for 0:40, b for 0:30');
    expect(told(69)).toBeUndefined();
    expect(told(70)).toBe('[0/2] runs   a for 1:10, b for 1:00');
  });

  test('it tells what is stored, retried or awaited, and counts what is too much for a line', () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f'];
    const told = silence([
      runStarted(...many),
      ...many.map((name) => started(0, name)),
      { at: at(1), type: 'computed', id: id('a') },
      { at: at(2), type: 'retrying', id: id('b'), attempt: 2, afterMs: 90_000, failure: exit3 },
      { at: at(3), type: 'waiting', id: id('c'), holder: 'run 7' },
    ]);
    expect(told(60)).toBe(
      '[0/6] runs   a is being stored for 0:59, b waits for attempt 2, c waits for run 7, and 3 others',
    );
  });

  test('nothing is told before something starts and after all has ended', () => {
    expect(silence([runStarted('a')])(100)).toBeUndefined();
    expect(
      silence([runStarted('a'), started(0, 'a'), finished(1, 'a', 'ran')])(100),
    ).toBeUndefined();
  });
});

test('progress is told every half minute, not at every step', () => {
  const steps = Array.from({ length: 700 }, (_, i) => progress(i / 10, 'a', i, 7000));
  const told = linesOf([runStarted('a'), started(0, 'a'), ...steps]);
  expect(told).toEqual([
    '[0/1] start  a',
    '[0/1] runs   a  300/7000 rows  10.0/s  11:10 left',
    '[0/1] runs   a  600/7000 rows  10.0/s  10:40 left',
  ]);
});

test('retries, waiting, notes, warnings and interrupts are told', () => {
  const events: RunEvent[] = [
    runStarted('a'),
    { at: at(0), type: 'waiting', id: id('a'), holder: 'pid 7 on box' },
    { at: at(1), type: 'retrying', id: id('a'), attempt: 1, afterMs: 10_000, failure: exit3 },
    { at: at(2), type: 'note', id: id('a'), text: 'resumed at epoch 3' },
    { at: at(2), type: 'warning', code: 'damaged', message: 'a blob was damaged' },
    { at: at(3), type: 'interrupted', signal: 'SIGTERM' },
  ];
  expect(linesOf(events)).toEqual([
    '[0/1] wait   a  for pid 7 on box',
    '[0/1] retry  a  exited with code 3; retry in 10.0 s',
    '[0/1] note   a: resumed at epoch 3',
    'warning: a blob was damaged [damaged]',
    'interrupted by SIGTERM: stopping the running instances',
  ]);
});
