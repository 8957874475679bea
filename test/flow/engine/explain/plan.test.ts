import { describe, expect, it } from 'vitest';
import { reasonTexts } from '../../../../src/flow/report/changes/plan-reasons.ts';
import { World } from '../world.ts';

const stages = `
params: { NUM: 1, seed: 0 }
stages:
  a: { sh: 'echo \${NUM} > \${outputs.o}', outputs: { o: o.txt } }
  b: { sh: 'cat \${inputs.i} > \${outputs.o}; echo \${seed}', inputs: { i: a.o, w: ./words.txt }, outputs: { o: o.txt } }
  c: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: b.o }, outputs: { o: o.txt } }
`;

describe('a plan', () => {
  it('is exact up to the first miss, and says why', async () => {
    const world = new World();
    world.write({ 'words.txt': 'w' });
    const fresh = await world.plan(stages);
    expect(fresh).toMatchObject({ misses: 1, hits: 0, awaiting: 2 });
    expect(fresh.instances).toMatchObject([
      { id: 'a', state: 'miss', reason: { kind: 'never-run' } },
      { id: 'b', state: 'awaiting', reason: { kind: 'waits', on: ['a'] } },
      { id: 'c', state: 'awaiting', reason: { kind: 'waits', on: ['b'] } },
    ]);
    await world.run(stages);
    expect(await world.plan(stages)).toMatchObject({ misses: 0, hits: 3, awaiting: 0 });

    const changed = await world.plan(stages, ['seed=5']);
    expect(changed.instances.map(({ state }) => state)).toEqual(['hit', 'miss', 'awaiting']);
    expect(changed.instances[1]).toMatchObject({
      reason: { kind: 'changed', changes: [{ kind: 'command', name: 'script' }] },
    });
    world.write({ 'words.txt': 'other' });
    const source = await world.plan(stages);
    expect(source.instances[1]).toMatchObject({
      reason: { kind: 'changed', changes: [{ kind: 'input', name: 'w' }] },
    });
  });

  it('agrees with what a run then does', async () => {
    const world = new World();
    world.write({ 'words.txt': 'w' });
    await world.run(stages);
    const plan = await world.plan(stages, ['seed=7']);
    const ran = await world.run(stages, {}, ['seed=7']);
    for (const planned of plan.instances) {
      const outcome = ran.summary.instances.find((instance) => instance.id === planned.id);
      if (planned.state === 'awaiting') continue;
      const { state, key } = planned;
      expect(outcome).toMatchObject({ outcome: state === 'hit' ? 'hit' : 'ran', key });
    }
    expect(ran.outcomes).toEqual({ a: 'hit', b: 'ran', c: 'hit' });
  });
});

it('a plan names all that an instance waits for, and its words count those of one stage', async () => {
  const world = new World();
  const plan = await world.plan(`
params: { k: [1, 2, 3, 4, 5] }
stages:
  part: { matrix: { i: '\${k}' }, sh: 'echo \${i} > \${outputs.o}', outputs: { o: o.txt } }
  all: { cmd: [cat, '\${inputs.p}'], inputs: { p: { from: part.o, collect: [i] } }, outputs: { o: o.txt } }
`);
  const last = plan.instances.at(-1);
  if (last?.state !== 'awaiting' || last.reason.kind !== 'waits')
    throw new Error('it does not wait');
  expect(last.reason.on).toHaveLength(5);
  expect(reasonTexts(last.reason)).toEqual(['waits for part (×5)']);
});

describe('an explanation', () => {
  it('is the difference to the result before: of a miss, and of a hit that the last run computed', async () => {
    const world = new World();
    world.write({ 'words.txt': 'w' });
    await world.run(stages);
    expect(await world.explain(stages, 'a')).toMatchObject({ state: 'hit', changes: [] });
    const miss = await world.explain(stages, 'a', ['NUM=2']);
    expect(miss).toMatchObject({ state: 'miss', nearest: { instance: 'a' } });
    expect(miss.changes.length).toBeGreaterThan(0);
    expect(await world.explain(stages, 'c', ['NUM=2'])).toMatchObject({
      state: 'awaiting',
      awaiting: ['b'],
    });
    await world.run(stages, {}, ['NUM=2']);
    const hit = await world.explain(stages, 'b', ['NUM=2']);
    expect(hit.state).toBe('hit');
    expect(hit.changes).toMatchObject([{ kind: 'input', name: 'i' }]);
    await world.run(stages, {}, ['NUM=2']);
    expect((await world.explain(stages, 'b', ['NUM=2'])).changes).toEqual([]);
  });
});
