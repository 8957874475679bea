import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../../src/flow/core/events.ts';
import type { ActionKey } from '../../../../src/flow/core/ids.ts';
import type { EngineContext } from '../../../../src/flow/engine/context.ts';
import type { ActionResult } from '../../../../src/flow/store/records/action-result.ts';
import { err } from '../../../../src/flow/core/result.ts';
import { failureOf, started, World } from '../world.ts';
import type { Ran } from '../world.ts';

const chain = `
stages:
  a: { sh: 'echo 1 > \${outputs.o}', outputs: { o: o.txt } }
  b: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: a.o }, outputs: { o: o.txt } }
`;

/** The type of the event and whom it is about: `started b`. */
const names = (events: readonly RunEvent[]): readonly string[] =>
  events.map((event) => ('id' in event ? `${event.type} ${event.id}` : event.type));

interface Watched {
  readonly world: World;
  /** Waits until an event of this name was told. */
  readonly told: (name: string) => Promise<void>;
  readonly run: (
    stages: string,
    prepare: (ctx: EngineContext) => void,
    force?: readonly string[],
  ) => Promise<Ran>;
}

function watched(world = new World()): Watched {
  const events: RunEvent[] = [];
  return {
    world,
    told: async (name) => {
      for (let waited = 0; !names(events).includes(name); waited += 5) {
        if (waited > 10_000) throw new Error(`never told: ${name}`);
        await delay(5);
      }
    },
    run: async (stages, prepare, force = []) => {
      const options = {
        jobs: 1,
        failure: 'continue',
        force: force as never,
        emit: (event: RunEvent) => void events.push(event),
      } as const;
      return world.runDag(await world.dag(stages), options, prepare);
    },
  };
}

/** Something comes first before the result of this instance is recorded. */
function before(ctx: EngineContext, id: string, first: () => Promise<void>): void {
  const publish = ctx.store.publish.bind(ctx.store);
  ctx.store.publish = async (result: ActionResult, replace?: boolean) => {
    if (result.provenance.instance === id) await first();
    return publish(result, replace);
  };
}

const full = (): Promise<never> =>
  Promise.reject(
    Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', syscall: 'write' }),
  );

describe('a result that is not recorded yet', () => {
  it('is read by what needs it, and told when it is recorded', async () => {
    const { run, told } = watched();
    const ran = await run(chain, (ctx) => before(ctx, 'a', () => told('finished b')));
    expect(ran.outcomes).toEqual({ a: 'ran', b: 'ran' });
    const order = names(ran.events);
    expect(order.indexOf('finished a')).toBeGreaterThan(order.indexOf('finished b'));
    expect(order.at(-1)).toBe('run-finished');
  });

  it('is the hit of an equal key, which is told when it is recorded', async () => {
    const { run, told } = watched();
    const twins = `
stages:
  a: { sh: 'echo 1 > \${outputs.o}', outputs: { o: o.txt } }
  twin: { sh: 'echo 1 > \${outputs.o}', outputs: { o: o.txt } }
  b: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: twin.o }, outputs: { o: o.txt } }
`;
    const ran = await run(twins, (ctx) => before(ctx, 'a', () => told('finished b')));
    expect(ran.outcomes).toEqual({ a: 'ran', twin: 'hit', b: 'ran' });
    expect(started(ran)).toEqual(['a', 'b']);
    const order = names(ran.events);
    expect(order.indexOf('finished twin')).toBeGreaterThan(order.indexOf('finished b'));
  });

  it('fails its instance where it cannot be recorded; what has read it is stored, the rest is skipped', async () => {
    const { world, run, told } = watched();
    const stages = `${chain}  c: { sh: 'cat \${inputs.i} \${inputs.j} > \${outputs.o}', inputs: { i: a.o, j: b.o }, outputs: { o: o.txt } }
`;
    const ran = await run(stages, (ctx) =>
      before(ctx, 'a', async () => {
        await told('started b');
        await full();
      }),
    );
    expect(ran.outcomes).toEqual({ a: 'failed', b: 'ran', c: 'skipped' });
    expect(ran.exitCode).toBe(1);
    expect(failureOf(ran, 'a')).toMatchObject({
      reason: 'store',
      hint: 'the disk that holds the cache is full',
    });
    const again = await world.run(stages);
    expect(again.outcomes).toEqual({ a: 'ran', b: 'hit', c: 'ran' });
  });

  it('of which a file is found damaged is made again, and leaves no record of the damaged one', async () => {
    const { world, run, told } = watched();
    const ran = await run(chain, (ctx) => {
      let first = true;
      before(ctx, 'a', async () => {
        if (first) await told('warning b');
      });
      const place = ctx.store.view.place.bind(ctx.store.view);
      ctx.store.view.place = async (artifact, name) => {
        if (!first) return place(artifact, name);
        first = false;
        const { digest } = artifact;
        return err({ code: 'damaged-blob', digest, message: 'damaged' });
      };
    });
    expect(started(ran)).toEqual(['a', 'a', 'b']);
    expect(ran.outcomes).toEqual({ a: 'ran', b: 'ran' });
    const order = names(ran.events);
    expect(order.indexOf('warning b')).toBeLessThan(order.indexOf('finished a'));
    const key = ran.summary.instances[0]?.key as ActionKey;
    const record = await world.store((store) => store.action(key));
    expect(record?.execution.run).toBe(ran.summary.run_id);
  });

  it('that a stage spoils meanwhile through a link fails its instance, and is made again by the next run', async () => {
    const { world, run, told } = watched();
    const stages = `
stages:
  a: { sh: 'head -c 1048577 /dev/zero > \${outputs.o}', outputs: { o: o.txt } }
  b: { sh: 'chmod u+w \${inputs.i}; echo 2 >> \${inputs.i}; cat \${inputs.i} > \${outputs.o}', inputs: { i: a.o }, outputs: { o: o.txt } }
`;
    const ran = await run(stages, (ctx) => before(ctx, 'a', () => told('finished b')));
    expect(failureOf(ran, 'b')).toMatchObject({ reason: 'input-changed' });
    expect(failureOf(ran, 'a')).toMatchObject({
      reason: 'store',
      message: "its output 'o' was changed or removed before it was recorded",
    });
    expect((await world.run(stages)).outcomes).toMatchObject({ a: 'ran' });
  });
});

describe('a forced instance', () => {
  it('is read before it is recorded, and its result replaces the stored one', async () => {
    const { world, run, told } = watched();
    const stages = `
stages:
  a: { sh: 'date +%N%s > \${outputs.o}', outputs: { o: o.txt } }
  b: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: a.o }, outputs: { o: o.txt } }
`;
    const first = await world.run(stages);
    const second = await run(stages, (ctx) => before(ctx, 'a', () => told('finished b')), ['a']);
    expect(second.outcomes).toEqual({ a: 'ran', b: 'ran' });
    expect(names(second.events)).toContain('warning a');
    expect(outputs(second)).not.toEqual(outputs(first));
    const third = await world.run(stages);
    expect(third.outcomes).toEqual({ a: 'hit', b: 'hit' });
    expect(outputs(third)).toEqual(outputs(second));
  });

  it('replaces the result of every instance with its key, so that all readers see the new one', async () => {
    const { world, run } = watched();
    const stages = `
stages:
  a: { sh: 'date +%N%s > \${outputs.o}', outputs: { o: o.txt } }
  twin: { sh: 'date +%N%s > \${outputs.o}', outputs: { o: o.txt } }
  b: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: twin.o }, outputs: { o: o.txt } }
`;
    await world.run(stages);
    const second = await run(stages, () => undefined, ['a']);
    expect(second.outcomes).toEqual({ a: 'ran', twin: 'hit', b: 'ran' });
    const third = await world.run(stages);
    expect(third.outcomes).toEqual({ a: 'hit', twin: 'hit', b: 'hit' });
    expect(outputs(third)).toEqual(outputs(second));
    const fourth = await world.run(stages, { force: ['twin'] as never });
    expect(fourth.outcomes).toEqual({ a: 'ran', twin: 'hit', b: 'ran' });
  });

  it('keeps the stored result where the new one cannot be recorded', async () => {
    const { world, run } = watched();
    const first = await world.run(chain);
    const second = await run(chain, (ctx) => before(ctx, 'a', full), ['a']);
    expect(failureOf(second, 'a')).toMatchObject({ reason: 'store' });
    const third = await world.run(chain);
    expect(third.outcomes).toEqual({ a: 'hit', b: 'hit' });
    expect(outputs(third)).toEqual(outputs(first));
  });
});

function outputs(ran: Ran): unknown {
  return ran.summary.instances.map((each) => each.outputs);
}
