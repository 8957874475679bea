import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { collectGarbage } from '../../../src/flow/store/gc/gc.ts';
import { failureOf, started, World } from './world.ts';

interface Parts {
  readonly text?: string;
  readonly freeze?: boolean;
  readonly more?: string;
  readonly rows?: string;
}

/** `train` is frozen; `use` reads its model. */
const pipeline = ({
  text = 'v1',
  freeze = true,
  more = '',
  rows = './rows.txt',
}: Parts): string => `
params: { lr: 1 }
stages:
  train:
    sh: 'echo ${text} > \${outputs.m}; cat \${inputs.r} >> \${outputs.m}'
    inputs: { r: ${rows} }
    params: [lr]
    outputs: { m: model.txt }
    ${freeze ? 'freeze: true' : ''}
    ${more}
  use: { sh: 'cat \${inputs.m} > \${outputs.o}', inputs: { m: train.m }, outputs: { o: o.txt } }
`;

function trained(): World {
  const world = new World();
  world.write({ 'rows.txt': 'r', 'lib/x.sh': '1' });
  return world;
}

describe('a stage with freeze: true', () => {
  it('runs if it has no result, then keeps it whatever its command, code and environment are', async () => {
    const world = trained();
    expect(started(await world.run(pipeline({})))).toEqual(['train', 'use']);
    for (const more of ['code: [lib/**]', 'env: [HOME]', 'salt: v9']) {
      const ran = await world.run(pipeline({ text: 'v2', more }));
      expect(started(ran)).toEqual([]);
      expect(await world.output(ran, 'use', 'o')).toBe('v1\nr');
    }
    // Its code need not even be there.
    const broken = pipeline({}).replace(/sh: 'echo.*/, 'py: stages/gone.py');
    expect(started(await world.run(broken))).toEqual([]);
  });

  it('runs for another value of a param that stands only in its command', async () => {
    const world = trained();
    const stages = `
params: { k: 1 }
stages:
  train: { sh: 'echo \${k} > \${outputs.m}', outputs: { m: m.txt }, freeze: true }
`;
    await world.run(stages);
    const other = await world.run(stages, {}, ['k=2']);
    expect(started(other)).toEqual(['train']);
    expect(await world.output(other, 'train', 'm')).toBe('2\n');
    const edited = stages.replace('echo', 'echo edited');
    expect(await world.output(await world.run(edited), 'train', 'm')).toBe('1\n');
    // A command without the param was not made with another value of it.
    const without = stages.replace('${k}', '3');
    expect(started(await world.run(without))).toEqual([]);
  });

  it('takes the newest result, also one of before it was frozen', async () => {
    const world = trained();
    await world.run(pipeline({ freeze: false }));
    await world.run(pipeline({ freeze: false, text: 'v2' }));
    // The first one is a hit by its key.
    const ran = await world.run(pipeline({ text: 'v1' }));
    expect(await world.output(ran, 'use', 'o')).toBe('v2\nr');
  });

  it.each([
    ['params', [['lr=2'], {}]],
    ['inputs', [[], { rows: './other.txt' }]],
  ] as const)('runs for other %s', async (_, [set, parts]) => {
    const world = trained();
    world.write({ 'other.txt': 'other' });
    await world.run(pipeline({}));
    expect(started(await world.run(pipeline({ ...parts, text: 'v2' }), {}, set))[0]).toBe('train');
  });

  it('runs again when files of its result are gone, and on demand', async () => {
    const world = trained();
    await world.run(pipeline({}));
    const force = { force: ['train'] as never };
    expect(started(await world.run(pipeline({ text: 'v2' }), force))).toEqual(['train', 'use']);
    expect(await world.output(await world.run(pipeline({})), 'use', 'o')).toBe('v2\nr');
    rmSync(world.at('cache/cas'), { recursive: true });
    expect(started(await world.run(pipeline({ text: 'v3' })))).toEqual(['train', 'use']);
  });

  it('waits for what it reads, without a look at its code', async () => {
    const world = trained();
    const text = pipeline({ rows: 'rows.r' }).replace(
      'stages:',
      "stages:\n  rows: { sh: 'echo x > ${outputs.r}', outputs: { r: rows.txt } }",
    );
    await world.run(text);
    const changed = text
      .replace('echo x', 'echo  x')
      .replace(/sh: 'echo v1.*/, 'py: stages/gone.py');
    expect((await world.plan(changed)).instances).toMatchObject([
      { id: 'rows', state: 'miss' },
      { id: 'train', state: 'awaiting' },
      { id: 'use', state: 'awaiting' },
    ]);
    expect(started(await world.run(changed))).toEqual(['rows']);
    const other = changed.replace('echo  x', 'echo y');
    expect(failureOf(await world.run(other), 'train').message).toContain('stages/gone.py');
  });

  it('is said to be frozen by plan, run and explain', async () => {
    const world = trained();
    await world.run(pipeline({}));
    const text = pipeline({ text: 'v2' });
    expect((await world.plan(text)).instances[0]).toMatchObject({ state: 'hit', frozen: true });
    expect((await world.run(text)).summary.instances).toMatchObject([
      { id: 'train', outcome: 'hit', frozen: true },
      { id: 'use', outcome: 'hit' },
    ]);
    expect(await world.explain(text, 'train')).toMatchObject({ state: 'hit', frozen: true });
  });

  it('keeps its result from gc, also when all its runs are gone', async () => {
    const world = trained();
    const collect = async (): Promise<void> => {
      rmSync(world.at('cache/runs'), { recursive: true });
      await world.store((store) => collectGarbage(store, { youngMs: 0 }));
    };
    await world.run(pipeline({}));
    await collect();
    expect(started(await world.run(pipeline({ text: 'v2' })))).toEqual(['use']);
    // Not any more once no run of the pipeline finds it frozen.
    await world.run(pipeline({ text: 'v2', freeze: false }));
    await collect();
    expect(started(await world.run(pipeline({ text: 'v3' })))).toEqual(['train', 'use']);
  });

  it('cannot have always: true', async () => {
    await expect(trained().dag(pipeline({ more: 'always: true' }))).rejects.toThrow(
      "stage 'train' has both always: true and freeze: true",
    );
  });
});
