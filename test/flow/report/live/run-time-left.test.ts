import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RunEvent } from '../../../../src/flow/core/events.ts';
import type { InstanceId } from '../../../../src/flow/core/ids.ts';
import {
  applyEvent,
  emptyProgress,
  type Progress,
} from '../../../../src/flow/report/live/progress.ts';
import type { RunShape } from '../../../../src/flow/report/live/run-shape.ts';
import { runTimeLeft, steadyTimeLeft } from '../../../../src/flow/report/live/run-time-left.ts';
import { at, finished, id, progress, runStarted, started } from '../events.ts';

interface Task {
  readonly needs?: readonly string[];
  readonly pool?: Readonly<Record<string, number>>;
}

function shape(tasks: Readonly<Record<string, Task>>): RunShape {
  const instances = Object.entries(tasks).map(([name, { needs = [], pool = { cpu: 1 } }]) => {
    return { id: id(name), stage: name.split('@')[0] ?? '', needs: needs.map(id), pool };
  });
  return { instances, stages: new Map() };
}

function after(tasks: Readonly<Record<string, Task>>, events: readonly RunEvent[]): Progress {
  const all = emptyProgress();
  for (const event of [runStarted(...Object.keys(tasks)), ...events]) applyEvent(all, event);
  return all;
}

function expected(seconds: Readonly<Record<string, number>>, pools = { cpu: 2 }): RunEvent {
  return { at: at(0), type: 'expected', seconds: seconds as Record<InstanceId, number>, pools };
}

describe('time left', () => {
  const diamond = {
    'rows@a=1': {},
    'rows@a=2': {},
    'rows@a=3': {},
    join: { needs: ['rows@a=1', 'rows@a=2', 'rows@a=3'] },
  };
  const past = { 'rows@a=1': 10, 'rows@a=2': 10, 'rows@a=3': 10, join: 5 };

  test('plays through what is left, with what is free', () => {
    const all = after(diamond, [expected(past)]);
    expect(runTimeLeft(all, shape(diamond), at(0))).toEqual({ ms: 25_000, whole: true });
    const one = after(diamond, [expected(past, { cpu: 1 })]);
    expect(runTimeLeft(one, shape(diamond), at(0))?.ms).toBe(35_000);
  });

  test('a pool that two share lets one at a time', () => {
    const tasks = { a: { pool: { cpu: 1, gpu: 1 } }, b: { pool: { cpu: 1, gpu: 1 } } };
    const pools = { cpu: 2, gpu: 1 };
    const all = after(tasks, [expected({ a: 10, b: 10 }, pools)]);
    expect(runTimeLeft(all, shape(tasks), at(0))?.ms).toBe(20_000);
  });

  test('a stage that is slower today is slower for its other instances too', () => {
    const events = [expected(past), started(0, 'rows@a=1'), { ...finished(20, 'rows@a=1', 'ran') }];
    const all = after(diamond, [
      ...events.slice(0, 2),
      { ...events[2], wallMs: 20_000 } as RunEvent,
    ]);
    // Two more of 20 s side by side, then join as before.
    expect(runTimeLeft(all, shape(diamond), at(20))?.ms).toBe(25_000);
  });

  test('what runs is told by its own rate', () => {
    const all = after(diamond, [
      expected(past),
      started(0, 'rows@a=1'),
      progress(0, 'rows@a=1', 0, 100),
      progress(10, 'rows@a=1', 10, 100),
      finished(10, 'rows@a=2', 'hit'),
      finished(10, 'rows@a=3', 'hit'),
    ]);
    expect(runTimeLeft(all, shape(diamond), at(10))?.ms).toBe(95_000);
  });

  test('what was never timed takes what its stage takes today; else it is said to be more', () => {
    const all = after(diamond, [
      expected({}),
      started(0, 'rows@a=1'),
      { ...finished(4, 'rows@a=1', 'ran'), wallMs: 4000 } as RunEvent,
    ]);
    expect(runTimeLeft(all, shape(diamond), at(4))).toEqual({ ms: 4000, whole: false });
  });

  test('nothing is said where most is unknown, before the pools are told, and at the end', () => {
    expect(runTimeLeft(after(diamond, [expected({})]), shape(diamond), at(0))).toBeUndefined();
    expect(runTimeLeft(after(diamond, []), shape(diamond), at(0))).toBeUndefined();
    const done = Object.keys(diamond).map((name) => finished(1, name, 'ran'));
    const all = after(diamond, [expected(past), ...done]);
    expect(runTimeLeft(all, shape(diamond), at(1))).toBeUndefined();
  });

  test('is never below the longest path nor the work by cores, and never above all one by one', () => {
    const dags = fc.array(
      fc.record({ seconds: fc.integer({ min: 1, max: 9 }), needs: fc.array(fc.nat()) }),
      { minLength: 1, maxLength: 14 },
    );
    fc.assert(
      fc.property(dags, fc.integer({ min: 1, max: 4 }), (specs, cpu) => {
        const needs = specs.map((spec, i) => (i === 0 ? [] : spec.needs.map((need) => need % i)));
        const tasks = Object.fromEntries(
          specs.map((_, i) => [`s${i}`, { needs: (needs[i] ?? []).map((need) => `s${need}`) }]),
        );
        const seconds = Object.fromEntries(specs.map((spec, i) => [`s${i}`, spec.seconds]));
        const ms = runTimeLeft(after(tasks, [expected(seconds, { cpu })]), shape(tasks), at(0))?.ms;
        const sum = specs.reduce((total, spec) => total + spec.seconds, 0);
        const path: number[] = [];
        for (const [i, spec] of specs.entries()) {
          path.push(spec.seconds + Math.max(0, ...(needs[i] ?? []).map((need) => path[need] ?? 0)));
        }
        expect(ms).toBeGreaterThanOrEqual(Math.max(...path, sum / cpu) * 1000 - 1e-6);
        expect(ms).toBeLessThanOrEqual(sum * 1000);
        if (cpu === 1) expect(ms).toBe(sum * 1000);
      }),
    );
  });

  test('between two looks, a second apart, it counts down', () => {
    let looks = 0;
    const left = steadyTimeLeft(() => ({ ms: 10_000 - (looks += 1), whole: true }));
    expect([at(0), at(0.4), at(1)].map((now) => left(now)?.ms)).toEqual([9999, 9599, 9998]);
  });
});
