import { describe, expect, test } from 'vitest';
import type { ActionKey, Digest } from '../../../src/flow/core/ids.ts';
import { gcJson, gcLines } from '../../../src/flow/report/gc-report.ts';
import type { GcReport } from '../../../src/flow/report/gc-report.ts';
import { styleFor } from '../../../src/flow/report/style.ts';
import type { PlannedResult } from '../../../src/flow/store/gc/judge-results.ts';
import type { GcPlan, PlannedRun } from '../../../src/flow/store/gc/plan.ts';

const DAY = 24 * 60 * 60 * 1000;
const noon = Date.parse('2026-11-24T12:00:00Z');

const run = (
  id: string,
  verdict: PlannedRun['verdict'],
  more: Partial<PlannedRun['run']> = {},
): PlannedRun => ({
  run: {
    id,
    pipeline: 'toy',
    file: '/p/toy.yaml',
    startedAt: noon,
    state: 'ok',
    live: false,
    pinned: false,
    keys: [],
    blobs: [],
    bytes: 10,
    ...more,
  },
  verdict,
});

const result = (
  instance: string,
  sizes: Readonly<Record<string, number>>,
  more: Pick<PlannedResult, 'goes' | 'why'>,
): PlannedResult => ({
  result: {
    key: `sha256:${'ab'.repeat(32)}` as ActionKey,
    instance,
    outputs: Object.fromEntries(
      Object.entries(sizes).map(([name, size]) => [
        name,
        { kind: 'file', exec: false, size, digest: `sha256:${'cd'.repeat(32)}` as Digest },
      ]),
    ),
    digests: [],
    bytes: 5,
    madeAt: noon,
  },
  runs: [],
  usedAt: noon,
  ...more,
});

const other = (name: string): GcPlan['checkpoints'][number] => ({
  path: `/cache/${name}`,
  name,
  bytes: 7,
  changedAt: 0,
});

const plan = (more: Partial<GcPlan> = {}): GcPlan => ({
  runs: [],
  results: [],
  blobs: [],
  checkpoints: [],
  memos: [],
  kept: [],
  abandoned: [],
  bytesBefore: 1000,
  bytesAfter: 400,
  young: { results: 0, blobs: 0 },
  fits: true,
  horizon: 0,
  ...more,
});

const style = styleFor({ isTTY: false } as never, {});
const lines = (report: Partial<GcReport>): readonly string[] =>
  gcLines({ plan: plan(), policy: { youngMs: 0 }, all: false, ...report }, style).map((line) =>
    line.replaceAll(/ +/g, ' ').trim(),
  );

const collected = {
  runs: 1,
  results: 1,
  blobs: 2,
  checkpoints: 1,
  memos: 2,
  kept: 0,
  abandoned: 1,
  bytes: 250,
};

describe('what gc says', () => {
  test('of results: what goes comes first, each kind by its size', () => {
    const results = [
      result('stays-small', { o: 1 }, { goes: false, why: 'run' }),
      result('goes-small', { o: 2 }, { goes: true, why: 'unused' }),
      result('stays-large', { o: 900 }, { goes: false, why: 'leased' }),
      result('goes-large', { o: 3, p: 4 }, { goes: true, why: 'unused' }),
    ];
    const shown = lines({ plan: plan({ results }), all: true });
    const names = shown
      .filter((line) => /^(stays|goes)-/.test(line))
      .map((line) => line.split(' ')[0]);
    expect(names).toEqual(['goes-large', 'goes-small', 'stays-large', 'stays-small']);
  });

  test('after it has gone: the runs, but only with --verbose the results', () => {
    const results = [result('r', { o: 2 }, { goes: true, why: 'unused' })];
    const runs = [
      run('2', { goes: false, why: 'newest' }),
      run('1', { goes: true, why: 'more-than-kept' }),
    ];
    const report = {
      plan: plan({ results, runs }),
      policy: { youngMs: 0, keepRuns: 1 },
      collected,
    };
    const [brief, whole] = [lines(report), lines({ ...report, all: true })];
    expect(brief.filter((line) => /^(r|1|2) /.test(line))).toEqual([
      '1 toy 2026-11-24 12:00 ok goes not among the newest 1 of toy',
    ]);
    expect(whole.filter((line) => /^(r|1|2) /.test(line))).toHaveLength(3);
  });

  test('are what went, not what was planned, and what stays', () => {
    const shown = lines({
      plan: plan({
        runs: [
          run('4', { goes: false, why: 'live' }, { live: true, state: 'running' }),
          run('3', { goes: false, why: 'pinned' }, { pinned: true }),
          run('2', { goes: true, why: 'old' }, { state: 'running' }),
        ],
        checkpoints: [other('c')],
        memos: [
          { ...other('m'), digests: [] },
          { ...other('n'), digests: [] },
        ],
        abandoned: [other('tmp/1')],
      }),
      collected,
      policy: { youngMs: 0, olderThanMs: 30 * DAY },
    });
    expect(shown).toContain(
      'removed 1 run, 1 result, 2 blobs, 1 checkpoint, 2 memos, 1 scratch folder of a dead process: 250 B of 1.00 kB',
    );
    expect(shown).toContain('750 B stay: 2 runs (1 pinned, 1 running), 0 results');
    // Its process is gone, whatever its record says.
    expect(shown).toContain('2 toy 2026-11-24 12:00 died goes older than 30 days');
  });

  test('of a run that goes on is that it is active', () => {
    const runs = [run('4', { goes: false, why: 'live' }, { live: true, state: 'running' })];
    expect(lines({ plan: plan({ runs }) })).toContain(
      '4 toy 2026-11-24 12:00 running stays it is active',
    );
  });

  test('of a time that is no number of days are hours', () => {
    const runs = [run('1', { goes: true, why: 'old' })];
    const old = (olderThanMs: number): string | undefined =>
      lines({ plan: plan({ runs }), policy: { youngMs: 0, olderThanMs } }).find((line) => line.startsWith('1 ')); // prettier-ignore
    expect(old(DAY)).toMatch(/older than 1 day$/);
    expect(old(1.5 * DAY)).toMatch(/older than 36 h/);
  });
});

test('the JSON of gc tells the same, each thing with its fate', () => {
  const report: GcReport = {
    plan: plan({
      runs: [run('2', { goes: false, why: 'newest' }), run('1', { goes: true, why: 'old' })],
      results: [result('r', { o: 2, p: 3 }, { goes: true, why: 'old' })],
      blobs: [1, 2].map((at) => ({ ...other(String(at)), digest: 'sha256:1' as Digest })),
      checkpoints: [other('k')],
      memos: [{ ...other('m'), digests: [] }],
      kept: [other('failed')],
      abandoned: [other('tmp/1')],
    }),
    policy: { youngMs: 0 },
    all: false,
  };
  expect(gcJson(report)).toEqual({
    dry_run: true,
    runs: [
      { run_id: '2', pipeline: 'toy', started_at: '2026-11-24T12:00:00.000Z', state: 'ok', goes: false, why: 'newest' }, // prettier-ignore
      { run_id: '1', pipeline: 'toy', started_at: '2026-11-24T12:00:00.000Z', state: 'ok', goes: true, why: 'old' }, // prettier-ignore
    ],
    results: [
      {
        id: 'r',
        key: `sha256:${'ab'.repeat(32)}`,
        outputs: { o: 2, p: 3 },
        last_used: '2026-11-24T12:00:00.000Z',
        goes: true,
        why: 'old',
        runs: [],
      },
    ],
    blobs: 2,
    checkpoints: [{ key: 'sha256:k', size: 7 }],
    kept_attempts: [{ run: 'failed', size: 7 }],
    memos: 1,
    scratch_folders: 1,
    size_before: 1000,
    size_after: 400,
    fits: true,
  });
  expect(gcJson({ ...report, collected })).toMatchObject({
    dry_run: false,
    removed: { runs: 1, checkpoints: 1, memos: 2, kept_attempts: 0, scratch_folders: 1 },
  });
});
