import { describe, expect, test } from 'vitest';
import type { GcPolicy, RunFacts } from '../../../../src/flow/store/gc/policy.ts';
import { judgeRuns } from '../../../../src/flow/store/gc/policy.ts';

const DAY = 24 * 60 * 60 * 1000;
const now = Date.parse('2026-11-25T12:00:00Z');

/** A run of so many days ago. */
const run = (daysAgo: number, more: Partial<RunFacts> = {}): RunFacts => ({
  id: `2026112${9 - daysAgo}-000000-00000${9 - daysAgo}`,
  pipeline: 'fig3',
  file: 'pipelines/fig3.yaml',
  startedAt: now - daysAgo * DAY,
  state: 'ok',
  live: false,
  pinned: false,
  ...more,
});

const judged = (runs: readonly RunFacts[], policy: Partial<GcPolicy>): string[] => {
  const verdicts = judgeRuns(runs, { youngMs: 0, ...policy }, now);
  return runs.map(({ id }) => {
    const verdict = verdicts.get(id);
    return `${verdict?.goes === true ? 'goes' : 'stays'}: ${verdict?.why}`;
  });
};

describe('which runs go', () => {
  test('none without a limit', () => {
    expect(judged([run(1), run(2, { state: 'failed' })], {})).toEqual([
      'stays: no-limit',
      'stays: no-limit',
    ]);
  });

  test('of each pipeline the newest stay, and the newest that succeeded', () => {
    const fig4 = { file: 'pipelines/fig4.yaml' };
    expect(
      judged(
        [
          run(1, { state: 'failed' }),
          run(2, { state: 'interrupted' }),
          run(3),
          run(4),
          run(5, fig4),
        ],
        { keepRuns: 1 },
      ),
    ).toEqual([
      'stays: newest',
      'goes: more-than-kept',
      'stays: succeeded',
      'goes: more-than-kept',
      'stays: newest',
    ]);
  });

  test('beside an age, the number says what stays whatever its age', () => {
    expect(judged([run(1), run(4), run(5)], { keepRuns: 2, olderThanMs: 3 * DAY })).toEqual([
      'stays: newest',
      'stays: newest',
      'goes: old',
    ]);
    expect(judged([run(1), run(2), run(5)], { keepRuns: 1, olderThanMs: 3 * DAY })).toEqual([
      'stays: newest',
      'stays: no-limit',
      'goes: old',
    ]);
  });

  test('by size any may, but for the newest of all and those that the number keeps', () => {
    expect(judged([run(1), run(2)], { maxBytes: 1 })).toEqual(['stays: newest', 'stays: fits']);
    expect(judged([run(1), run(2), run(3)], { maxBytes: 1, keepRuns: 2 })).toEqual([
      'stays: newest',
      'stays: newest',
      'stays: fits',
    ]);
  });

  test('never one that is pinned or running', () => {
    const runs = [run(1), run(5, { pinned: true }), run(6, { state: 'running', live: true })];
    expect(judged(runs, { keepRuns: 1, olderThanMs: DAY, maxBytes: 1 })).toEqual([
      'stays: newest',
      'stays: pinned',
      'stays: live',
    ]);
  });

  test('one whose process died counts as any other', () => {
    const died = run(1, { state: 'running' });
    expect(judged([died, run(2), run(3)], { keepRuns: 1 })).toEqual([
      'stays: newest',
      'stays: succeeded',
      'goes: more-than-kept',
    ]);
  });

  test('a folder that a crash left without a record goes, once it is not just being made', () => {
    const broken = { state: 'unreadable', file: '' } as const;
    expect(judged([run(1, broken), run(0, broken)], {})).toEqual([
      'goes: unreadable',
      'stays: live',
    ]);
  });
});
