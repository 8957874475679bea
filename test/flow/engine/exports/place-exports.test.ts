import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { ofType, World } from '../world.ts';

const stages = (text: string): string => `
stages:
  figure: { sh: 'echo ${text} > \${outputs.plot}; mkdir \${outputs.all}; echo ${text} > \${outputs.all}/a', outputs: { plot: p.svg, all: all/ } }
exports:
  figures/fig.svg: figure.plot
  figures/all: figure.all
`;

describe('exports', () => {
  it('are placed after a run, writable and apart from the cache', async () => {
    const world = new World();
    const ran = await world.run(stages('one'));
    expect(world.read('figures/fig.svg')).toBe('one\n');
    expect(world.read('figures/all/a')).toBe('one\n');
    expect(ofType(ran, 'exported').map(({ path, changed }) => [path, changed])).toEqual([
      ['figures/fig.svg', true],
      ['figures/all', true],
    ]);
    expect(statSync(world.at('figures/fig.svg'))).toMatchObject({ nlink: 1 });
    expect(statSync(world.at('figures/fig.svg')).mode & 0o200).toBe(0o200);
  });

  it('are left alone when they are as they should be', async () => {
    const world = new World();
    await world.run(stages('one'));
    const before = statSync(world.at('figures/fig.svg'));
    const ran = await world.run(stages('one'));
    expect(ofType(ran, 'exported').map(({ changed }) => changed)).toEqual([false, false]);
    expect(statSync(world.at('figures/fig.svg')).ino).toBe(before.ino);
  });

  it('are put back when they were edited, and replaced when the result is another', async () => {
    const world = new World();
    await world.run(stages('one'));
    world.write({ 'figures/fig.svg': 'edited', 'figures/all/b': 'added' });
    const back = await world.run(stages('one'));
    expect(back.summary.hit).toBe(1);
    expect(world.read('figures/fig.svg')).toBe('one\n');
    expect(() => world.read('figures/all/b')).toThrow('ENOENT');
    await world.run(stages('two'));
    expect(world.read('figures/fig.svg')).toBe('two\n');
    expect(world.read('figures/all/a')).toBe('two\n');
  });

  it('do not overwrite a file that flow did not write, unless forced', async () => {
    const world = new World();
    world.write({ 'figures/fig.svg': 'mine' });
    const refused = await world.run(stages('one'));
    expect(world.read('figures/fig.svg')).toBe('mine');
    expect(world.read('figures/all/a')).toBe('one\n');
    expect(ofType(refused, 'export-refused')).toMatchObject([{ path: 'figures/fig.svg' }]);
    expect(refused).toMatchObject({ exitCode: 1, summary: { ok: false } });
    const forced = await world.run(stages('one'), { forceExports: true });
    expect(forced.exitCode).toBe(0);
    expect(world.read('figures/fig.svg')).toBe('one\n');
  });

  it('are not written through a folder that is a link out of the project', async () => {
    const world = new World();
    const outside = mkdtempSync(path.join(tmpdir(), 'flow-outside-'));
    try {
      symlinkSync(outside, world.at('figures'));
      for (const forceExports of [false, true]) {
        const ran = await world.run(stages('one'), { forceExports });
        expect(ran.exitCode).toBe(1);
        expect(ofType(ran, 'export-refused').map((event) => event.path)).toEqual([
          'figures/fig.svg',
          'figures/all',
        ]);
        expect(ofType(ran, 'export-refused')[0]?.message).toContain(
          `it would be outside the project, because figures is a link to ${outside}`,
        );
      }
      expect(readdirSync(outside)).toEqual([]);
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('are not written through a link that leads nowhere, or into the cache', async () => {
    const world = new World();
    symlinkSync('/nowhere/at/all', world.at('figures'));
    const nowhere = await world.run(stages('one'));
    expect(ofType(nowhere, 'export-refused')[0]?.message).toContain(
      'its path has a broken link: figures',
    );
    rmSync(world.at('figures'));
    symlinkSync('cache', world.at('figures'));
    const inCache = await world.run(stages('one'), { forceExports: true });
    expect(ofType(inCache, 'export-refused')[0]?.message).toContain('would be in the cache');
    expect(readdirSync(world.at('cache'))).not.toContain('fig.svg');
  });

  it('follow a link that stays inside the project, also where the project is reached by one', async () => {
    const world = new World();
    mkdirSync(world.at('results/2026'), { recursive: true });
    symlinkSync('results/2026', world.at('figures'));
    expect((await world.run(stages('one'))).exitCode).toBe(0);
    expect(world.read('results/2026/fig.svg')).toBe('one\n');
    const alias = `${world.root}-alias`;
    symlinkSync(world.root, alias);
    expect((await new World(alias).run(stages('two'))).exitCode).toBe(0);
    expect(world.read('results/2026/fig.svg')).toBe('two\n');
  });

  it('are placed one run after another, so that neither takes the other for a person', async () => {
    const world = new World();
    const [one, two] = [await world.dag(stages('one')), await world.dag(stages('two'))];
    for (const dag of [one, two]) await world.runDag(dag, { exports: false });
    // The second run comes in between the first one's look and what it does then.
    let other: Promise<number> | undefined;
    const first = await world.runDag(one, {}, (ctx) => {
      const look = ctx.store.contentOf.bind(ctx.store);
      ctx.store.contentOf = async (place) => {
        const seen = await look(place);
        other ??= world.runDag(two).then(({ exitCode }) => exitCode);
        await other;
        return seen;
      };
    });
    expect(first.exitCode).toBe(0);
    expect(await other).toBe(0);
    expect(world.read('figures/fig.svg')).toBe('one\n');
    expect(world.read('figures/all/a')).toBe('one\n');
  });

  it('are not placed when a stage failed', async () => {
    const world = new World();
    await world.run(`
stages:
  good: { sh: 'echo 1 > \${outputs.o}', outputs: { o: o.txt } }
  bad: { sh: 'exit 1', inputs: { i: good.o }, outputs: { o: o.txt } }
exports: { o.txt: good.o }
targets: [bad]
`);
    expect(() => world.read('o.txt')).toThrow('ENOENT');
  });
});
