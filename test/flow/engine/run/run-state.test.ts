import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Failure, Outcome } from '../../../../src/flow/core/events.ts';
import type { ActionKey, InstanceId, RunId } from '../../../../src/flow/core/ids.ts';
import { RunState } from '../../../../src/flow/engine/run/run-state.ts';
import type { Step } from '../../../../src/flow/engine/run/run-state.ts';
import type { ResolvedAction } from '../../../../src/flow/engine/survey/resolve-action.ts';
import type { Found, Surveyed } from '../../../../src/flow/engine/survey/survey.ts';
import type { KnownResult } from '../../../../src/flow/engine/survey/survey-memo.ts';
import type { Dag, Instance } from '../../../../src/flow/pipeline/dag.ts';
import { makeInstance } from '../../key/temp-project.ts';

const fates = [
  'hit',
  'ran',
  'ran',
  'forced',
  'broken',
  'failed',
  'failed-once',
  /** Its outputs were stored, its record was not. */
  'record-lost',
  'found-damage',
  /** Another run has the lock of its key at first, and makes its result, or not. */
  'adopted',
  'busy',
] as const;

interface Spec {
  readonly needs: readonly number[];
  readonly fate: (typeof fates)[number];
  /** Tasks of one number have equal keys. */
  readonly key: number;
}

/** Every edge goes to a smaller index, as in a Dag; all of equal key have equal needs, and one fate. */
const graphs: fc.Arbitrary<readonly Spec[]> = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat(), { maxLength: 3 }),
      fate: fc.constantFrom(...fates),
      /** Of another task, if it is not its own. */
      like: fc.option(fc.nat(), { freq: 5 }),
    }),
    { minLength: 1, maxLength: 20 },
  )
  .map((raw) => {
    const specs: Spec[] = [];
    for (const [index, { needs, fate, like }] of raw.entries()) {
      const same = like === null || index === 0 ? undefined : specs[like % index];
      const own = {
        needs: index === 0 ? [] : [...new Set(needs.map((need) => need % index))],
        fate,
        key: index,
      };
      specs.push(same ?? own);
    }
    return specs;
  });

const keyOf = ({ key }: Spec): ActionKey => `sha256:${key}` as ActionKey;
const idOf = (task: number): InstanceId => `t${task}` as InstanceId;
const resultOf = (spec: Spec): KnownResult => ({ key: keyOf(spec), outputs: {}, wallMs: 1 });
const failure = (message: string): Failure => ({ reason: 'exit', message, exitCode: 1 });

function missOf(spec: Spec): Found {
  const key = keyOf(spec);
  return { state: 'miss', key, action: { key } as unknown as ResolvedAction };
}

function foundOf(spec: Spec): Found {
  const key = keyOf(spec);
  if (spec.fate === 'hit') return { state: 'hit', key, result: resultOf(spec) };
  return spec.fate === 'broken' ? { state: 'broken', failure: failure('no code') } : missOf(spec);
}

function instanceOf({ needs, fate }: Spec, task: number): Instance {
  return makeInstance({
    id: idOf(task),
    stage: `t${task}`,
    inputs: needs.map((need) => ({
      kind: 'artifact',
      name: `i${need}`,
      from: { instance: idOf(need), output: 'o', path: 'o' },
    })),
    ...(fate === 'failed-once' && { retries: { times: 1, backoffMs: 1 } }),
  });
}

interface Simulated {
  readonly outcomes: readonly (Outcome | undefined)[];
  /** By task: how often it was told that it ended, and how many of its attempts began. */
  readonly told: readonly number[];
  readonly begun: readonly number[];
  readonly reopened: ReadonlySet<number>;
  readonly finished: boolean;
}

/**
 * A world that does what the state asks for, one thing at a time, in the order that `choose` draws. It holds on
 * its way that nothing begins before what it reads can be read, and no key is computed twice at one time.
 */
function simulate(
  specs: readonly Spec[],
  mode: 'no-new' | 'continue' | 'kill',
  cpu: number,
  choose: (count: number) => number,
  stopAt: number | undefined,
): Simulated {
  const dag = {
    name: 'p',
    instances: specs.map(instanceOf),
    exports: [],
    params: {},
  } satisfies Dag;
  const hits = new Set<number>();
  const surveyed = new Map<InstanceId, Surveyed>();
  for (const [task, spec] of specs.entries()) {
    const on = spec.needs.filter((need) => !hits.has(need)).map(idOf);
    surveyed.set(idOf(task), on.length > 0 ? { state: 'awaiting', on } : foundOf(spec));
    if (on.length === 0 && spec.fate === 'hit') hits.add(task);
  }
  const state = new RunState({
    dag,
    surveyed,
    pools: { cpu },
    ranks: [],
    failure: mode,
    force: specs.flatMap(({ fate }, task) => (fate === 'forced' ? [idOf(task)] : [])),
    clock: () => 0,
  });

  const told = specs.map(() => 0);
  const begun = specs.map(() => 0);
  const busyOnce = new Set<number>();
  const damagedOnce = new Set<number>();
  const reopened = new Set<number>();
  const computing = new Set<ActionKey>();
  const recording = new Set<ActionKey>();
  const pending: (() => void)[] = [];

  const spec = (task: number): Spec => specs[task] as Spec;
  const readable = (task: number): boolean =>
    spec(task).needs.every((need) => state.work.made(idOf(need)) !== undefined);

  const record = (task: number): void => {
    const key = keyOf(spec(task));
    computing.delete(key);
    recording.delete(key);
    if (spec(task).fate === 'record-lost') state.failed(task, { reason: 'store', message: 'full' });
    else state.recorded(task, resultOf(spec(task)), []);
  };

  const perform = (task: number): void => {
    const { fate, needs } = spec(task);
    const key = keyOf(spec(task));
    const over = (): void => void computing.delete(key);
    if (state.killing && choose(2) === 0) {
      over();
      state.cancelled(task);
    } else if (fate === 'failed' || (fate === 'failed-once' && begun[task] === 1)) {
      over();
      if (!state.retries(task, failure('no'))) state.failed(task, failure('no'));
    } else if (fate === 'found-damage' && needs[0] !== undefined && !damagedOnce.has(task)) {
      const [maker] = needs;
      // As the driver does: a record that is on its way would come back.
      if (recording.has(keyOf(spec(maker)))) {
        pending.push(() => perform(task));
        return;
      }
      damagedOnce.add(task);
      over();
      state.inputLost(task, maker, 'damaged');
      if (state.work.made(idOf(maker)) === undefined) reopened.add(maker);
    } else {
      state.computed(task);
      pending.push(() => {
        recording.add(key);
        state.ingested(task, resultOf(spec(task)));
        pending.push(() => record(task));
      });
    }
  };

  const attempt = (task: number): void => {
    const { fate } = spec(task);
    if (state.stopped) return state.cancelled(task);
    if ((fate === 'busy' || fate === 'adopted') && !busyOnce.has(task)) {
      busyOnce.add(task);
      return state.busy(task, 'another run');
    }
    expect(computing.has(keyOf(spec(task))), 'each key is computed once at a time').toBe(false);
    computing.add(keyOf(spec(task)));
    begun[task] = state.begin(task);
    pending.push(() => perform(task));
  };

  const awaitLock = (task: number): void => {
    if (!state.waits(task)) return;
    if (spec(task).fate === 'adopted') state.adopted(task, resultOf(spec(task)));
    else state.resume(task);
  };

  const act = (step: Step): void => {
    switch (step.kind) {
      case 'tell':
        if (step.event.type === 'finished') {
          const task = state.work.task(step.event.id);
          told[task] = (told[task] ?? 0) + 1;
        }
        return;
      case 'survey':
        expect(readable(step.task), 'never before what it reads').toBe(true);
        pending.push(() => state.surveyed(step.task, foundOf(spec(step.task))));
        return;
      case 'attempt':
        expect(readable(step.task), 'never before what it reads').toBe(true);
        pending.push(() => attempt(step.task));
        return;
      case 'await-lock':
        pending.push(() => awaitLock(step.task));
        return;
      case 'back-off':
        pending.push(() => state.resume(step.task));
        return;
      case 'end-running':
    }
  };

  const drain = (): void => {
    for (let steps = state.take(); steps.length > 0; steps = state.take()) {
      for (const step of steps) act(step);
    }
  };

  drain();
  for (let round = 0; pending.length > 0; round += 1) {
    expect(round, 'terminates').toBeLessThan(2_000);
    if (round === stopAt) state.stop();
    else pending.splice(choose(pending.length), 1)[0]?.();
    drain();
  }
  const summary = state.summary('r' as RunId, 0, true);
  const outcomes = specs.map(
    (_, task) => summary.instances.find(({ id }) => id === idOf(task))?.outcome,
  );
  return { outcomes, told, begun, reopened, finished: state.finished };
}

describe('the state of a run over random graphs and random outcomes', () => {
  it.each(['no-new', 'continue', 'kill'] as const)(
    'brings each instance to one end, after what it reads, with --failure %s',
    (mode) => {
      fc.assert(
        fc.property(
          graphs,
          fc.integer({ min: 1, max: 4 }),
          fc.infiniteStream(fc.nat()),
          fc.option(fc.nat({ max: 60 }), { nil: undefined }),
          (specs, cpu, draws, stopAt) => {
            const choose = (count: number): number => (draws.next().value as number) % count;
            const ran = simulate(specs, mode, cpu, choose, stopAt);
            expect(ran.finished).toBe(true);
            for (const [task, { fate, needs }] of specs.entries()) {
              const outcome = ran.outcomes[task];
              expect(outcome, `t${task} ended`).toBeDefined();
              // What was made once more ends once more.
              expect(ran.told[task]).toBeGreaterThanOrEqual(1);
              if (!ran.reopened.has(task)) expect(ran.told[task]).toBe(1);
              const attempts = fate === 'failed-once' || fate === 'found-damage' ? 2 : 1;
              const again = ran.reopened.has(task) ? 2 : 1;
              expect(ran.begun[task]).toBeLessThanOrEqual(attempts * again);
              if (outcome === 'ran') expect(ran.begun[task]).toBeGreaterThanOrEqual(1);
              if (outcome === 'skipped') {
                const lost = needs.some((need) =>
                  ['failed', 'skipped'].includes(ran.outcomes[need] ?? ''),
                );
                expect(lost, `t${task} is skipped for a reason`).toBe(true);
              }
              if (fate === 'record-lost') expect(outcome).not.toBe('ran');
            }
          },
        ),
        { numRuns: 400 },
      );
    },
  );
});

/** Of tasks, each of which reads those before it that `needs` names, all misses; and what was told so far. */
function stateOf(
  needs: readonly (readonly number[])[],
  keys: readonly number[] = needs.map((_, task) => task),
): { readonly state: RunState; readonly told: () => readonly string[]; readonly take: () => void } {
  const specs = needs.map((each, task) => ({ needs: each, fate: 'ran', key: keys[task] ?? 0 }) as const); // prettier-ignore
  const surveyed = new Map<InstanceId, Surveyed>(
    specs.map((each, task) => [
      idOf(task),
      each.needs.length > 0 ? { state: 'awaiting', on: each.needs.map(idOf) } : missOf(each),
    ]),
  );
  const state = new RunState({
    dag: { name: 'p', instances: specs.map(instanceOf), exports: [], params: {} },
    surveyed,
    pools: { cpu: 1 },
    ranks: [],
    failure: 'continue',
    force: [],
    clock: () => 0,
  });
  const told: string[] = [];
  const take = (): void => {
    for (let steps = state.take(); steps.length > 0; steps = state.take()) {
      for (const step of steps) {
        if (step.kind === 'survey') state.surveyed(step.task, missOf(specs[step.task] as Spec));
        else if (step.kind === 'attempt') told.push(`attempt t${step.task}`);
        else if (step.kind === 'tell' && step.event.type === 'finished')
          told.push(`${step.event.outcome} ${step.event.id}`);
      }
    }
  };
  take();
  return { state, take, told: () => told.splice(0) };
}

const lone = (key: number): KnownResult => resultOf({ needs: [], fate: 'ran', key });

describe('a result that can be read and is not recorded yet', () => {
  it('lets its readers start, and is told when it is recorded', () => {
    const { state, told, take } = stateOf([[], [0]]);
    expect(told()).toEqual(['attempt t0']);
    state.begin(0);
    state.computed(0);
    take();
    expect(told()).toEqual([]);
    state.ingested(0, lone(0));
    take();
    expect(told()).toEqual(['attempt t1']);
    state.recorded(0, lone(0), []);
    take();
    expect(told()).toEqual(['ran t0']);
  });

  it('is that of equal keys, which are hits when it is recorded', () => {
    const { state, told, take } = stateOf([[], [], [0], [1]], [0, 0, 2, 3]);
    expect(told()).toEqual(['attempt t0']);
    state.begin(0);
    state.ingested(0, lone(0));
    take();
    expect(told()).toEqual(['attempt t2']);
    state.begin(2);
    state.ingested(2, lone(2));
    take();
    expect(told()).toEqual(['attempt t3']);
    state.recorded(0, lone(0), []);
    take();
    expect(told()).toEqual(['ran t0', 'hit t1']);
  });

  it('that is lost fails with those of equal key, and what has begun to read it goes on', () => {
    const { state, told, take } = stateOf([[], [], [0], [0], [2]], [0, 0, 2, 3, 4]);
    state.begin(0);
    state.ingested(0, lone(0));
    take();
    expect(told()).toEqual(['attempt t0', 'attempt t2']);
    state.begin(2);
    state.failed(0, { reason: 'store', message: 'full' });
    take();
    expect(told()).toEqual(['failed t0', 'failed t1', 'skipped t3']);
    state.ingested(2, lone(2));
    take();
    state.recorded(2, lone(2), []);
    take();
    expect(told()).toEqual(['attempt t4', 'ran t2']);
  });
});
