import { expect, test } from 'vitest';
import type { RunEvent } from '../../../../src/flow/core/events.ts';
import {
  applyEvent,
  emptyProgress,
  type Progress,
  timeLeft,
} from '../../../../src/flow/report/live/progress.ts';
import { at, finished, id, progress, runStarted, started } from '../events.ts';

function after(...events: readonly RunEvent[]): Progress {
  const all = emptyProgress();
  for (const event of events) applyEvent(all, event);
  return all;
}

test('instances fold into their stages, in the order of the run', () => {
  const all = after(
    runStarted('a', 'b@x=1', 'b@x=2'),
    finished(0, 'a', 'hit'),
    started(0, 'b@x=1'),
    started(0, 'b@x=2'),
    finished(2, 'b@x=1', 'ran'),
  );
  expect([...all.stages.keys()]).toEqual(['a', 'b']);
  expect(all.stages.get('b')).toMatchObject({ total: 2, running: 1, wallMs: 1500 });
  expect(all.counts).toEqual({ hit: 1, ran: 1, failed: 0, skipped: 0, cancelled: 0 });
});

test('a second attempt runs once, not twice', () => {
  const retrying: RunEvent = {
    at: at(1),
    type: 'retrying',
    id: id('a'),
    attempt: 1,
    afterMs: 10,
    failure: { reason: 'exit', message: 'exit 75' },
  };
  const all = after(runStarted('a'), started(0, 'a'), retrying, started(2, 'a', 2));
  expect(all.stages.get('a')?.running).toBe(1);
  expect(all.instances.get(id('a'))).toMatchObject({ state: 'running', attempt: 2 });
});

test('an instance whose result turned out to be damaged counts once', () => {
  const events = [runStarted('a'), finished(0, 'a', 'hit'), started(1, 'a')];
  expect(after(...events).counts.hit).toBe(0);
  const all = after(...events, finished(2, 'a', 'ran'));
  expect(all.counts).toMatchObject({ hit: 0, ran: 1 });
  expect(all.stages.get('a')?.counts).toMatchObject({ hit: 0, ran: 1 });
});

test('rate and time left come from what was done since the first report', () => {
  // Resumed at 1000 of 3000: 100 rows in the first second, so 1900 are left at 100 a second.
  const all = after(
    runStarted('a'),
    started(0, 'a'),
    progress(1, 'a', 1000, 3000),
    progress(2, 'a', 1100, 3000),
  );
  const work = all.instances.get(id('a'))?.work;
  expect(work?.rate).toBeCloseTo(100);
  expect(work && timeLeft(work, at(2))).toBeCloseTo(19_000);
  expect(work && timeLeft(work, at(4))).toBeCloseTo(17_000);
});

test('one report says nothing about speed, and a new unit begins anew', () => {
  const first = after(runStarted('a'), started(0, 'a'), progress(1, 'a', 10, 20));
  expect(first.instances.get(id('a'))?.work?.rate).toBeUndefined();
  const less = after(
    runStarted('a'),
    progress(1, 'a', 10, 20),
    progress(2, 'a', 20, 20),
    progress(3, 'a', 1, 20),
  );
  expect(less.instances.get(id('a'))?.work?.rate).toBeUndefined();
});

test('events of instances that the run does not have change nothing', () => {
  const all = after(runStarted('a'), finished(1, 'ghost', 'ran'));
  expect(all.counts.ran).toBe(0);
});
