import { describe, expect, it } from 'vitest';
import { started, World } from './world.ts';

/** `ask` reads what the world says now; `use` reads its answer. */
const pipeline = (more = 'always: true') => `
stages:
  ask: { sh: 'cat "$ANSWER" > \${outputs.o}', env: { ANSWER: { key: false } }, outputs: { o: o.txt }${more && `, ${more}`} }
  use: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: ask.o }, outputs: { o: o.txt } }
`;

function asking(): World {
  const world = new World();
  world.env['ANSWER'] = world.at('answer');
  world.write({ answer: 'one' });
  return world;
}

describe('a stage with always: true', () => {
  it('runs in each run, and what reads it only if its outputs change', async () => {
    const world = asking();
    expect(started(await world.run(pipeline()))).toEqual(['ask', 'use']);
    expect((await world.run(pipeline())).outcomes).toEqual({ ask: 'ran', use: 'hit' });
    world.write({ answer: 'two' });
    const ran = await world.run(pipeline());
    expect(ran.outcomes).toEqual({ ask: 'ran', use: 'ran' });
    expect(await world.output(ran, 'use', 'o')).toBe('two');
  });

  it('is a miss in each plan, with its reason', async () => {
    const world = asking();
    await world.run(pipeline());
    const plan = await world.plan(pipeline());
    expect(plan.instances).toMatchObject([
      { id: 'ask', state: 'miss', reason: { kind: 'always' } },
      { id: 'use', state: 'awaiting' },
    ]);
    const { changes } = await world.explain(pipeline(), 'ask');
    expect(changes).toMatchObject([{ kind: 'always', new: 'the next run' }]);
  });

  it('leaves the results of other stages and of always: false as they are', async () => {
    const world = asking();
    await world.run(pipeline(''));
    await world.run(pipeline());
    expect(started(await world.run(pipeline('')))).toEqual([]);
    expect(started(await world.run(pipeline('always: false')))).toEqual([]);
  });
});
