import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../src/flow/core/events.ts';
import { applyEvent } from '../../../src/flow/web/model/live.ts';
import type { InstancePage, RunPage } from '../../../src/flow/web/model/page.ts';

const instance = (id: string): InstancePage => ({
  id,
  stage: id,
  axes: {},
  state: 'pending',
  attempt: 0,
  curves: [],
  command: 'sh',
  params: {},
  inputs: [],
  outputs: [{ name: 'o', path: 'o.txt', tree: false }],
});

const page: RunPage = {
  run: 'r',
  pipeline: 'p',
  file: 'p.yaml',
  argv: [],
  overrides: [],
  state: 'running',
  startedAt: 0,
  params: [],
  graph: { width: 0, height: 0, nodes: [], edges: [] },
  instances: ['a', 'b', 'c'].map(instance),
  exports: [],
  metrics: [],
  warnings: [],
  machine: [],
  packages: [],
};

const after = (...events: readonly unknown[]): RunPage =>
  (events as readonly RunEvent[]).reduce(applyEvent, page);

const started = (id: string, at: number, attempt = 1) =>
  ({ type: 'started', id, at, attempt, log: 'l' }) as const;
const finished = (id: string, at: number) =>
  ({ type: 'finished', id, at, outcome: 'ran', wallMs: 1, outputs: { o: 'sha256:00' } }) as const;

const metric = (value: number) => ({
  type: 'metric',
  id: 'a',
  at: 1,
  name: 'loss',
  value,
  step: 1,
});

describe('a page', () => {
  test('moves an instance from pending over running to its outcome, with its outputs', () => {
    const ended = after({ type: 'queued', id: 'a', at: 1 }, started('a', 2), finished('a', 5));
    expect(ended.instances[0]).toMatchObject({
      state: 'ran',
      startedAt: 2,
      endedAt: 5,
      outputs: [{ name: 'o', digest: 'sha256:00' }],
    });
    expect(ended.instances[1]).toBe(page.instances[1]);
  });

  test('gives instances that run at one time different lanes, and takes free ones again', () => {
    const { instances } = after(
      started('a', 1),
      started('b', 2),
      finished('a', 3),
      started('c', 3),
    );
    expect(instances.map(({ lane }) => lane)).toEqual([0, 1, 0]);
  });

  test('begins the curves of another attempt anew', () => {
    const retry = { type: 'retrying', id: 'a', at: 2, attempt: 2, afterMs: 0, failure: {} };
    const { instances } = after(started('a', 1), metric(9), retry, started('a', 3, 2), metric(7));
    expect(instances[0]?.curves).toEqual([{ name: 'loss', points: [[1, 7]] }]);
  });

  test('stays the very same page where an event says nothing to it', () => {
    expect(after({ type: 'queued', id: 'nobody', at: 1 })).toBe(page);
    expect(after({ type: 'exported', id: 'a', at: 1, path: 'x', changed: true })).toBe(page);
  });

  test('ends with the run, and counts an interrupted one as not ok', () => {
    expect(after({ type: 'run-finished', at: 9, ok: false, wallMs: 9 })).toMatchObject({
      state: 'failed',
      endedAt: 9,
    });
  });
});
