import { expect, test } from 'vitest';
import type { RunEvent, RunSummary } from '../../../src/flow/core/events.ts';
import { noColor } from '../../../src/flow/report/style.ts';
import { failureLines, summaryLines } from '../../../src/flow/report/summary.ts';
import { at, finished, id, runId } from './events.ts';

function end(events: readonly RunEvent[], numbers: Partial<RunSummary> = {}) {
  const counts = { ran: 2, hit: 1, failed: 0, skipped: 0, cancelled: 0 };
  const summary = { run_id: runId, ok: true, ...counts, wall_s: 75, instances: [], ...numbers };
  return {
    pipeline: 'toy',
    summary,
    events,
    shown: (path: string) => `../${path}`,
    look: (...words: readonly string[]) => ['npx flow', ...words].join(' '),
    again: (target = '') => `npx flow run toy.yaml ${target}`.trim(),
  };
}

function exported(path: string, changed: boolean): RunEvent {
  return { at: at(1), type: 'exported', path, id: id('join'), changed };
}

test('nothing follows the exported files', () => {
  const events = [exported('figures/a.svg', true), exported('results/a.csv', false)];
  expect(summaryLines(end(events), noColor)).toEqual([
    `✔ toy: 2 ran, 1 hit in 1 min 15 s (run ${runId})`,
    '  ../figures/a.svg',
    '  ../results/a.csv (unchanged)',
  ]);
});

test('a failure shows its message, the end of the log, hint, path and the next command', () => {
  const failure = {
    reason: 'exit',
    message: 'exited with code 3',
    hint: 'see the log',
    log: 'cache/runs/1/logs/a.1.log',
    tail: ['epoch 1\repoch 2', '\u001b[31mTypeError\u001b[0m: \u0007no'],
  } as const;
  const lines = failureLines(end([finished(1, 'a@x=1', 'failed', failure)]), noColor);
  expect(lines).toEqual([
    '',
    '✖ a@x=1: exited with code 3',
    '  │ epoch 2',
    '  │ TypeError: \ufffdno',
    '  hint: see the log',
    '  log: ../cache/runs/1/logs/a.1.log',
    '  repeat: npx flow run toy.yaml a@x=1',
    '  explain: npx flow explain a@x=1',
    '',
  ]);
});

test('of many failures three are whole, and the rest are named', () => {
  const failure = { reason: 'timeout', message: 'took too long' } as const;
  const events = Array.from({ length: 20 }, (_, i) => finished(1, `a@i=${i}`, 'failed', failure));
  const lines = failureLines(end(events), noColor);
  expect(lines.filter((line) => line.includes('took too long'))).toHaveLength(3);
  expect(lines).toContain(
    `✖ 17 more failed: ${Array.from({ length: 10 }, (_, i) => `a@i=${i + 3}`).join(', ')}`,
  );
  expect(lines).toContain('  and 7 others: npx flow status');
  expect(failureLines(end(events.slice(0, 14)), noColor)).toContain(
    '  and 1 other: npx flow status',
  );
});

test('a refused export is told, and a run that went well says nothing here', () => {
  const refused: RunEvent = { at: at(1), type: 'export-refused', path: 'a.svg', message: 'no' };
  expect(failureLines(end([refused]), noColor)).toEqual(['', '✖ ../a.svg: no', '']);
  expect(failureLines(end([finished(1, 'a', 'ran')]), noColor)).toEqual([]);
});

test('the end says what the cache saved, of an interrupted run how to go on', () => {
  const hit: RunEvent = {
    at: at(1),
    type: 'finished',
    id: id('a'),
    outcome: 'hit',
    wallMs: 0,
    savedMs: 62_000,
  };
  expect(summaryLines(end([hit, exported('a.svg', true)]), noColor)).toEqual([
    `✔ toy: 2 ran, 1 hit in 1 min 15 s, 1 min 02 s saved (run ${runId})`,
    '  ../a.svg',
  ]);
  const interrupted: RunEvent = { at: at(1), type: 'interrupted', signal: 'SIGINT' };
  const numbers = { ok: false, cancelled: 1 };
  expect(summaryLines(end([interrupted], numbers), noColor)).toEqual([
    `✖ toy: 2 ran, 1 hit, 1 cancelled in 1 min 15 s (run ${runId})`,
    '  continue: npx flow run toy.yaml',
  ]);
});
