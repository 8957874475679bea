import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Scheduler } from '../../../../src/flow/engine/schedule/scheduler.ts';
import type { Task } from '../../../../src/flow/engine/schedule/scheduler.ts';
import type { State } from '../../../../src/flow/engine/schedule/tasks.ts';

const cpu = (needs: readonly number[] = [], pool: Record<string, number> = { cpu: 1 }): Task => ({
  needs,
  pool,
});

type Fate = 'hit' | 'ran' | 'failed' | 'postponed-then-ran' | 'found-damage';

/** Every edge goes to a smaller index, as in a Dag. */
const graphs = fc.array(
  fc.record({
    needs: fc.array(fc.nat(), { maxLength: 3 }),
    cpu: fc.integer({ min: 0, max: 4 }),
    gpu: fc.integer({ min: 0, max: 2 }),
    fate: fc.constantFrom<Fate>(
      'hit',
      'ran',
      'ran',
      'failed',
      'postponed-then-ran',
      'found-damage',
    ),
    /** A hit that is known before anything starts. */
    early: fc.boolean(),
  }),
  { maxLength: 24 },
);

/** All without needs are misses that wait for a slot. */
const queued = (tasks: readonly Task[], capacity: Record<string, number>): Scheduler => {
  const scheduler = new Scheduler(tasks, capacity, true);
  for (const { task, to } of scheduler.takeChanges()) if (to === 'ready') scheduler.queue(task);
  return scheduler;
};

describe('the scheduler over random graphs and random outcomes', () => {
  it.each([false, true])('keeps its promises when it stops on failure: %s', (stopOnFailure) => {
    fc.assert(
      fc.property(
        graphs,
        fc.record({ cpu: fc.integer({ min: 1, max: 4 }), gpu: fc.integer({ min: 1, max: 2 }) }),
        fc.infiniteStream(fc.nat()),
        (specs, capacity, choices) => {
          const tasks: Task[] = [];
          for (const [index, spec] of specs.entries()) {
            const needs = index === 0 ? [] : spec.needs.map((need) => need % index);
            const known = needs.every((need) => tasks[need]?.done);
            const done = spec.early && spec.fate === 'hit' && known;
            tasks.push({ needs, pool: { cpu: spec.cpu, gpu: spec.gpu }, done });
          }
          const scheduler = new Scheduler(tasks, capacity, stopOnFailure);
          const running = new Set<number>();
          const postponed = new Set<number>();
          const postponedOnce = new Set<number>();
          const completions: number[] = tasks.map(({ done }) => (done ? 1 : 0));
          const reopenings = tasks.map(() => 0);
          const failed: number[] = [];
          let steps = 0;

          const needsDone = (task: number): boolean =>
            (tasks[task]?.needs ?? []).every((need) => scheduler.state(need) === 'done');

          while (!scheduler.finished) {
            expect((steps += 1), 'terminates').toBeLessThan(1000);
            for (const { task, to } of scheduler.takeChanges()) {
              if (to !== 'ready' || scheduler.state(task) !== 'ready') continue;
              expect(needsDone(task)).toBe(true);
              if (specs[task]?.fate === 'hit') {
                completions[task] = (completions[task] ?? 0) + 1;
                scheduler.done(task);
              } else scheduler.queue(task);
            }
            for (const task of scheduler.start()) {
              expect(needsDone(task), 'never before what it needs').toBe(true);
              expect(running.has(task)).toBe(false);
              running.add(task);
            }
            for (const pool of ['cpu', 'gpu'] as const) {
              const used = [...running].reduce(
                (sum, task) => sum + Math.min(tasks[task]?.pool[pool] ?? 0, capacity[pool]),
                0,
              );
              expect(used, 'pool depth').toBeLessThanOrEqual(capacity[pool]);
            }
            const candidates = [...running, ...postponed];
            if (candidates.length === 0) continue;
            const task = candidates[(choices.next().value as number) % candidates.length] as number;
            if (postponed.delete(task)) {
              scheduler.resume(task);
              continue;
            }
            running.delete(task);
            const fate = specs[task]?.fate;
            const damaged = tasks[task]?.needs[0];
            if (fate === 'failed') {
              failed.push(task);
              scheduler.fail(task);
              if (stopOnFailure) postponed.clear();
            } else if (fate === 'postponed-then-ran' && !postponedOnce.has(task)) {
              postponedOnce.add(task);
              scheduler.postpone(task);
              if (!scheduler.stopped) postponed.add(task);
            } else if (
              fate === 'found-damage' &&
              damaged !== undefined &&
              scheduler.reopen(damaged, task)
            ) {
              reopenings[damaged] = 1;
            } else {
              completions[task] = (completions[task] ?? 0) + 1;
              scheduler.done(task);
            }
            for (const waiting of postponed) {
              if (scheduler.state(waiting) !== 'queued') postponed.delete(waiting);
            }
          }

          expect(running.size).toBe(0);
          const cone = new Set<number>();
          for (const [index, task] of tasks.entries()) {
            if (task.needs.some((need) => failed.includes(need) || cone.has(need))) cone.add(index);
          }
          for (const index of tasks.keys()) {
            const state = scheduler.state(index);
            if (state === 'done') expect(completions[index]).toBe(1 + (reopenings[index] ?? 0));
            if (state === 'skipped') expect(cone.has(index), 'only the cone is skipped').toBe(true);
            if (state === 'cancelled') expect(stopOnFailure && failed.length > 0).toBe(true);
            if (cone.has(index) && reopenings.every((count) => count === 0) && !stopOnFailure) {
              expect(state, 'all of the cone is skipped').toBe('skipped');
            }
            expect<State[]>(['done', 'failed', 'skipped', 'cancelled']).toContain(state);
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

describe('the scheduler', () => {
  it('starts equals in the order of declaration', () => {
    const scheduler = queued([cpu(), cpu(), cpu()], { cpu: 2 });
    expect(scheduler.start()).toEqual([0, 1]);
    scheduler.done(1);
    expect(scheduler.start()).toEqual([2]);
  });

  it('keeps a pool for a large task that waits, and lets others pass that do not need it', () => {
    const tasks = [
      cpu([], { cpu: 1, gpu: 1 }),
      cpu([], { cpu: 1, gpu: 2 }),
      cpu([], { cpu: 1, gpu: 1 }),
      cpu(),
    ];
    const scheduler = queued(tasks, { cpu: 4, gpu: 2 });
    expect(scheduler.start()).toEqual([0, 3]);
    scheduler.done(0);
    expect(scheduler.start()).toEqual([1]);
  });

  it('gives a demand above the capacity all of the pool instead of never starting it', () => {
    const scheduler = queued([cpu([], { cpu: 9 }), cpu()], { cpu: 2 });
    expect(scheduler.start()).toEqual([0]);
    scheduler.done(0);
    expect(scheduler.start()).toEqual([1]);
  });

  it('frees the slots of a postponed task and does not start it before it is resumed', () => {
    const scheduler = queued([cpu(), cpu()], { cpu: 1 });
    expect(scheduler.start()).toEqual([0]);
    scheduler.postpone(0);
    expect(scheduler.start()).toEqual([1]);
    scheduler.done(1);
    expect(scheduler.start()).toEqual([]);
    scheduler.resume(0);
    expect(scheduler.start()).toEqual([0]);
  });

  it('frees the slots of a task that is only being stored, once, and starts no reader before it is done', () => {
    const scheduler = new Scheduler(
      [
        { needs: [], pool: { cpu: 1 } },
        { needs: [], pool: { cpu: 1 } },
        { needs: [0], pool: { cpu: 1 } },
      ],
      { cpu: 1 },
      true,
    );
    for (const task of [0, 1]) scheduler.queue(task);
    expect(scheduler.start()).toEqual([0]);
    scheduler.release(0);
    scheduler.release(0);
    expect([scheduler.start(), scheduler.state(0), scheduler.state(2)]).toEqual([
      [1],
      'running',
      'pending',
    ]);
    scheduler.done(0);
    scheduler.queue(2);
    expect(scheduler.start()).toEqual([]);
    scheduler.done(1);
    expect(scheduler.start()).toEqual([2]);
  });

  it('reopens a task only once', () => {
    const scheduler = new Scheduler([cpu(), cpu([0])], { cpu: 1 }, true);
    scheduler.done(0);
    scheduler.queue(1);
    scheduler.start();
    expect(scheduler.reopen(0, 1)).toBe(true);
    expect(scheduler.state(0)).toBe('ready');
    expect(scheduler.state(1)).toBe('pending');
    scheduler.done(0);
    scheduler.queue(1);
    expect(scheduler.start()).toEqual([1]);
    expect(scheduler.reopen(0, 1)).toBe(false);
  });

  it('skips what does not run yet when a done task fails after all', () => {
    const tasks = [cpu(), cpu([0]), cpu([0]), cpu([1])];
    const scheduler = new Scheduler(tasks, { cpu: 1 }, false);
    scheduler.done(0);
    for (const task of [1, 2]) scheduler.queue(task);
    expect(scheduler.start()).toEqual([1]);
    scheduler.fail(0);
    const states = (): readonly State[] => tasks.map((_, task) => scheduler.state(task));
    expect(states()).toEqual(['failed', 'running', 'skipped', 'pending']);
    scheduler.done(1);
    expect(states()).toEqual(['failed', 'done', 'skipped', 'ready']);
    scheduler.done(3);
    expect(scheduler.finished).toBe(true);
  });

  it.each(['postponed', 'reopened'])('lets no task wait for a need that has failed: %s', (how) => {
    const scheduler = new Scheduler([cpu(), cpu(), cpu([0, 1])], { cpu: 1 }, false);
    scheduler.done(0);
    scheduler.done(1);
    scheduler.queue(2);
    scheduler.start();
    scheduler.fail(0);
    if (how === 'postponed') scheduler.postpone(2);
    else {
      expect(scheduler.reopen(1, 2)).toBe(false);
      scheduler.fail(2);
    }
    expect(scheduler.finished).toBe(true);
    expect(scheduler.state(2)).toBe(how === 'postponed' ? 'skipped' : 'failed');
  });

  it('refuses a transition that no drawing allows', () => {
    const scheduler = new Scheduler([cpu()], { cpu: 1 }, true);
    scheduler.done(0);
    expect(() => scheduler.queue(0)).toThrow('cannot go from done to queued');
  });
});
