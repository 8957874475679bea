import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { longestPaths } from '../../../../src/flow/engine/run/priorities.ts';
import { Queue } from '../../../../src/flow/engine/schedule/tasks.ts';
import { Scheduler } from '../../../../src/flow/engine/schedule/scheduler.ts';
import type { Task } from '../../../../src/flow/engine/schedule/scheduler.ts';

const dags = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(), { maxLength: 3 }),
      seconds: fc.integer({ min: 0, max: 9 }),
      fails: fc.boolean(),
    }),
    { minLength: 1, maxLength: 16 },
  )
  .map((specs) =>
    specs.map((spec, index) => ({
      ...spec,
      needs: index === 0 ? [] : [...new Set(spec.needs.map((need) => need % index))],
    })),
  );

describe('the longest path from a task', () => {
  it('is its own time and the longest of its readers, checked against all paths', () => {
    fc.assert(
      fc.property(dags, (tasks) => {
        const longest = (task: number): number =>
          (tasks[task]?.seconds ?? 0) +
          Math.max(
            0,
            ...tasks.flatMap(({ needs }, reader) =>
              needs.includes(task) ? [longest(reader)] : [],
            ),
          );
        const paths = longestPaths(
          tasks.map(({ needs }) => needs),
          tasks.map(({ seconds }) => seconds),
        );
        expect(paths).toEqual(tasks.map((_, task) => longest(task)));
      }),
    );
  });
});

describe('the queue', () => {
  it('is sorted by rank, then by number, whatever is added and removed', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        (ranks, steps) => {
          const queue = new Queue(ranks);
          const held = new Set<number>();
          for (const step of steps) {
            const task = step % ranks.length;
            if (held.delete(task)) queue.remove(task);
            else queue.add(task);
            if (queue.all.includes(task)) held.add(task);
            const sorted = [...held].sort(
              (one, other) => (ranks[other] ?? 0) - (ranks[one] ?? 0) || one - other,
            );
            expect(queue.all).toEqual(sorted);
          }
        },
      ),
    );
  });
});

/** Runs all with one duration a task on a clock of its own; the order of starts and the final states. */
function simulate(
  tasks: readonly Task[],
  seconds: readonly number[],
  fails: readonly boolean[],
  cpu: number,
): { readonly states: readonly string[]; readonly order: readonly number[]; readonly end: number } {
  const scheduler = new Scheduler(tasks, { cpu }, false);
  const running = new Map<number, number>();
  const order: number[] = [];
  let now = 0;
  while (!scheduler.finished) {
    for (const { task, to } of scheduler.takeChanges()) {
      if (to === 'ready' && scheduler.state(task) === 'ready') scheduler.queue(task);
    }
    for (const task of scheduler.start()) {
      order.push(task);
      const waiting = [...tasks.keys()].filter((other) => scheduler.state(other) === 'queued');
      for (const other of waiting) {
        expect(tasks[task]?.rank ?? 0).toBeGreaterThanOrEqual(tasks[other]?.rank ?? 0);
      }
      running.set(task, now + (seconds[task] ?? 0));
    }
    const [next] = [...running].sort((one, other) => one[1] - other[1]);
    if (next === undefined) continue;
    const [task, at] = next;
    now = at;
    running.delete(task);
    if (fails[task] === true) scheduler.fail(task);
    else scheduler.done(task);
  }
  return { states: tasks.map((_, task) => scheduler.state(task)), order, end: now };
}

describe('ranks', () => {
  it('change who goes first, never who goes or how it ends', () => {
    fc.assert(
      fc.property(
        dags,
        fc.infiniteStream(fc.integer({ min: 0, max: 3 })),
        fc.integer({ min: 1, max: 3 }),
        (specs, ranks, cpu) => {
          const seconds = specs.map((spec) => spec.seconds);
          const fails = specs.map((spec) => spec.fails);
          const plain = specs.map(({ needs }) => ({ needs, pool: { cpu: 1 } }));
          const ranked = plain.map((task) => ({ ...task, rank: ranks.next().value as number }));
          const [one, other] = [plain, ranked].map((tasks) => simulate(tasks, seconds, fails, cpu));
          expect(other?.states).toEqual(one?.states);
          expect(new Set(other?.order)).toEqual(new Set(one?.order));
        },
      ),
    );
  });

  it('by the longest path bring a long chain that is declared last to an earlier end', () => {
    // Four single tasks, then a chain of four: 2 cpus need 4 units, in the order of declaration 6.
    const needs = [[], [], [], [], [], [4], [5], [6]];
    const seconds = needs.map(() => 1);
    const fails = needs.map(() => false);
    const tasks = needs.map((each) => ({ needs: each, pool: { cpu: 1 } }));
    const ranks = longestPaths(needs, seconds);
    const ranked = tasks.map((task, index) => ({ ...task, rank: ranks[index] ?? 0 }));
    expect(simulate(tasks, seconds, fails, 2).end).toBe(6);
    expect(simulate(ranked, seconds, fails, 2).end).toBe(4);
  });
});
