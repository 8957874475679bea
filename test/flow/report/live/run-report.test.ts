import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  openRunReport,
  type RunReportOptions,
} from '../../../../src/flow/report/live/run-report.ts';
import { noColor } from '../../../../src/flow/report/style.ts';
import { runStarted, started } from '../events.ts';

beforeEach(() => {
  vi.useFakeTimers({ now: started(0, 'a').at });
});

afterEach(() => {
  vi.useRealTimers();
});

function opened(mode: RunReportOptions['mode']) {
  const stream = new PassThrough();
  const report = openRunReport({
    stream: stream as unknown as NodeJS.WriteStream,
    env: {},
    style: noColor,
    clock: Date.now,
    mode,
    dag: { name: 'p', instances: [], exports: [], params: {} },
  });
  return { report, written: () => String(stream.read() ?? '') };
}

test('a log without a terminal gets a line every half minute while stages run silently', async () => {
  const { report, written } = opened('normal');
  report.emit(runStarted('a'));
  report.emit(started(0, 'a'));
  expect(written()).toBe('[0/1] start  a\n');
  vi.advanceTimersByTime(65_000);
  expect(written()).toBe('[0/1] runs   a for 0:30\n[0/1] runs   a for 1:00\n');
  await report.end();
  vi.advanceTimersByTime(65_000);
  expect(written()).toBe('');
});

test('it gets none with --quiet', async () => {
  const { report, written } = opened('quiet');
  report.emit(runStarted('a'));
  report.emit(started(0, 'a'));
  vi.advanceTimersByTime(65_000);
  expect(written()).toBe('');
  await report.end();
});
