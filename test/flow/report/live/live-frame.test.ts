import { expect, test } from 'vitest';
import type { RunEvent } from '../../../../src/flow/core/events.ts';
import type { InstanceId } from '../../../../src/flow/core/ids.ts';
import { liveFrame } from '../../../../src/flow/report/live/live-frame.ts';
import {
  applyEvent,
  emptyProgress,
  type Progress,
} from '../../../../src/flow/report/live/progress.ts';
import { ansiColor, noColor } from '../../../../src/flow/report/style.ts';
import { textWidth } from '../../../../src/flow/report/text-width.ts';
import { at, finished, metric, progress, queued, runStarted, started } from '../events.ts';

function after(events: readonly RunEvent[]): Progress {
  const all = emptyProgress();
  for (const event of events) applyEvent(all, event);
  return all;
}

const toy = after([
  runStarted('prepare', 'train@disc=bce,seed=0', 'train@disc=ce,seed=0', 'figure'),
  finished(0, 'prepare', 'hit'),
  started(0, 'train@disc=bce,seed=0'),
  started(0, 'train@disc=ce,seed=0'),
  progress(1, 'train@disc=bce,seed=0', 0, 4000),
  progress(2, 'train@disc=bce,seed=0', 1000, 4000),
]);

test('a stage is a line, a running instance too, with bar, rate and time left', () => {
  expect(liveFrame(toy, at(2), { columns: 80, rows: 24 }, noColor)).toEqual([
    'toy  1/4 done  1 hit  0:02',
    '✔ prepare     1/1  1 hit',
    '⠋ train       0/2  2 running',
    '    disc=bce  ━━━━━╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌  25%  1,000 rows/s  0:03 left',
    '    disc=ce   0:02',
    '· figure      0/1',
  ]);
});

test('what failed, was skipped or cancelled is not counted as done', () => {
  const ended = after([
    runStarted('a', 'b', 'c', 'd'),
    finished(0, 'a', 'ran'),
    finished(1, 'b', 'failed'),
    finished(1, 'c', 'skipped'),
    finished(1, 'd', 'cancelled'),
  ]);
  const [head] = liveFrame(ended, at(2), { columns: 80, rows: 24 }, noColor);
  expect(head).toBe('toy  1/4 done  1 failed  1 skipped  1 cancelled  0:02');
});

test('a stage that was cancelled is not done, and does not fold as done', () => {
  const names = Array.from({ length: 6 }, (_, i) => `s${i}`);
  const ended = after([
    runStarted('a', ...names),
    finished(0, 'a', 'ran'),
    ...names.map((name) => finished(1, name, 'cancelled')),
  ]);
  const lines = liveFrame(ended, at(2), { columns: 80, rows: 24 }, noColor);
  expect(lines[2]).toBe('↓ s0       0/1  1 cancelled');
  const folded = liveFrame(ended, at(2), { columns: 80, rows: 6 }, noColor);
  expect(folded.slice(1)).toEqual(['✔ 1 stage done', '↓ 6 stages not done']);
});

test('the head says that the run stops, and in the end that it was stopped', () => {
  const events: RunEvent[] = [
    runStarted('a'),
    started(0, 'a'),
    { at: at(1), type: 'interrupted', signal: 'SIGINT' },
  ];
  const headOf = (more: readonly RunEvent[]): string | undefined =>
    liveFrame(after([...events, ...more]), at(9), { columns: 80, rows: 24 }, noColor)[0];
  expect(headOf([])).toBe('toy  0/1 done  0:09  stopping after SIGINT …');
  const over: RunEvent = { at: at(2), type: 'run-finished', ok: false, wallMs: 2000 };
  expect(headOf([finished(2, 'a', 'cancelled'), over])).toBe(
    'toy  0/1 done  1 cancelled  0:02  stopped by SIGINT',
  );
});

test('outputs that take long to store have a line, others none', () => {
  const storing = after([
    runStarted('fit@seed=0', 'fit@seed=1'),
    started(0, 'fit@seed=0'),
    started(0, 'fit@seed=1'),
    { type: 'computed', at: at(1), id: 'fit@seed=0' as InstanceId },
    { type: 'computed', at: at(4), id: 'fit@seed=1' as InstanceId },
  ]);
  const lines = liveFrame(storing, at(4), { columns: 80, rows: 24 }, noColor);
  expect(lines.slice(1)).toEqual([
    '⠋ fit      0/2  2 storing',
    '    seed=0  0:03  storing its outputs',
  ]);
});

/** Ten stages done, one with many running instances, thirty to come. */
const large = after([
  runStarted(
    ...Array.from({ length: 10 }, (_, i) => `done-${i}`),
    ...Array.from({ length: 40 }, (_, i) => `train@a-rather-long-axis=${'x'.repeat(60)},seed=${i}`),
    ...Array.from({ length: 30 }, (_, i) => `next-${i}`),
  ),
  ...Array.from({ length: 10 }, (_, i) => finished(0, `done-${i}`, 'ran')),
  ...Array.from({ length: 40 }, (_, i) => [
    started(0, `train@a-rather-long-axis=${'x'.repeat(60)},seed=${i}`),
    progress(1, `train@a-rather-long-axis=${'x'.repeat(60)},seed=${i}`, 0, 100),
    progress(2, `train@a-rather-long-axis=${'x'.repeat(60)},seed=${i}`, 50, 100),
  ]).flat(),
]);

test.each([
  [80, 24],
  [80, 10],
  [40, 12],
  [20, 5],
  [200, 100],
])('a frame fits %i columns and %i rows, in colour too', (columns, rows) => {
  for (const style of [noColor, ansiColor]) {
    const lines = liveFrame(large, at(3), { columns, rows }, style);
    expect(lines.length).toBeLessThan(rows);
    expect(Math.max(...lines.map(textWidth))).toBeLessThan(columns);
  }
});

test('what is finished folds first, then what is to come; hidden instances are counted', () => {
  const lines = liveFrame(large, at(3), { columns: 80, rows: 12 }, noColor);
  expect(lines[1]).toBe('✔ 10 stages done');
  expect(lines.at(-1)).toBe('· 30 stages pending');
  expect(lines.at(-2)).toBe('      … and 34 more running');
});

test('a failure is seen whatever folds', () => {
  const failed = { reason: 'exit', message: 'exit 1' } as const;
  const all = after([
    runStarted('bad', ...Array.from({ length: 30 }, (_, i) => `s${i}`)),
    finished(0, 'bad', 'failed', failed),
    ...Array.from({ length: 29 }, (_, i) => finished(0, `s${i}`, 'ran')),
    started(1, 's29'),
  ]);
  const lines = liveFrame(all, at(2), { columns: 80, rows: 10 }, noColor);
  expect(lines.find((line) => line.startsWith('✖'))).toContain('bad');
});

const TRAINING = ['s=bce,n=3000,seed=0', 's=bce,n=3000,seed=1'].map((a) => `train@task=rte,${a}`);

/** A sweep under way: three stages, of which two wait. */
const sweep = after([
  runStarted('rows@task=rte', 'rows@task=qqp', ...TRAINING, 'score@seed=0', 'figure'),
  finished(0, 'rows@task=rte', 'ran'),
  finished(0, 'rows@task=qqp', 'ran'),
  started(0, TRAINING[0] ?? ''),
  progress(0, TRAINING[0] ?? '', 0, 4000),
  progress(2, TRAINING[0] ?? '', 2000, 4000),
  metric(2, TRAINING[0] ?? '', 'task_loss', 0.6234),
  metric(2, TRAINING[0] ?? '', 'other_loss', 12),
  queued(0, TRAINING[1] ?? ''),
]);
const stages = new Map([
  ['train', ['rows']],
  ['score', ['train', 'rows']],
  ['figure', ['score', 'train']],
]);

test('in 80 columns one sees the loss, what waits for what, and the time left', () => {
  const known = { stages, left: { ms: 125_000, whole: true } };
  expect(liveFrame(sweep, at(2), { columns: 80, rows: 24 }, noColor, known)).toEqual([
    'toy  2/6 done  0:02  about 2:05 left',
    '✔ rows       2/2  0:03',
    '⠋ train      0/2  1 running  1 queued',
    '    seed=0  ━━━━━━━━━━╌╌╌╌╌╌╌╌╌╌  50%  1,000 rows/s  0:02 left  task_loss 0.623',
    '· score      0/1  waits for train',
    '· figure     0/1  waits for score, train',
  ]);
});

function lineOf(columns: number): string | undefined {
  const lines = liveFrame(sweep, at(2), { columns, rows: 24 }, noColor);
  return lines.find((line) => line.includes('50%'));
}

test('where it is narrow the bar, then the unit, then the metric give way', () => {
  expect(lineOf(60)).toBe('    seed=0  ━━╌╌╌  50%  1,000/s  0:02 left  task_loss 0.623');
  expect(lineOf(50)).toBe('    seed=0  ━━━╌╌╌╌  50%  1,000 rows/s  0:02 left');
  expect(lineOf(30)).toBe('    seed=0   50%  1,000/s  0…');
});
