import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
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

const folder = (script: string): string => `
stages:
  figure: { sh: 'mkdir -p \${outputs.all}; cd \${outputs.all}; ${script}', outputs: { all: all/ } }
exports: { all: figure.all }
`;

const sweep = (values: string): string => `
stages:
  figure: { matrix: { n: [${values}] }, sh: 'echo \${n} > \${outputs.o}', outputs: { o: o.txt } }
exports: { 'res/\${n}.txt': figure.o }
`;

const tool = (mode: string): string => `
stages:
  tool: { sh: 'echo 1 > \${outputs.o}; chmod ${mode} \${outputs.o}', outputs: { o: o.sh } }
exports: { bin/o.sh: tool.o }
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

  it('become executable, and plain again, where that alone changes', async () => {
    const world = new World();
    const modeAfter = async (mode: string): Promise<readonly unknown[]> => {
      const [exported] = ofType(await world.run(tool(mode)), 'exported');
      return [exported?.changed, statSync(world.at('bin/o.sh')).mode & 0o111];
    };
    await modeAfter('644');
    expect(await modeAfter('755')).toEqual([true, 0o111]);
    expect(await modeAfter('755')).toEqual([false, 0o111]);
    expect(await modeAfter('644')).toEqual([true, 0]);
  });

  it('are replaced when the result is another, and put back where they are missing', async () => {
    const world = new World();
    await world.run(stages('one'));
    rmSync(world.at('figures/fig.svg'));
    rmSync(world.at('figures/all/a'));
    const back = await world.run(stages('one'));
    expect(back).toMatchObject({ exitCode: 0, summary: { hit: 1 } });
    expect(world.read('figures/fig.svg')).toBe('one\n');
    expect(world.read('figures/all/a')).toBe('one\n');
    expect((await world.run(stages('two'))).exitCode).toBe(0);
    expect(world.read('figures/fig.svg')).toBe('two\n');
    expect(world.read('figures/all/a')).toBe('two\n');
  });

  it('keep what a person edited, name it, and replace it when forced', async () => {
    const world = new World();
    await world.run(stages('one'));
    world.write({ 'figures/fig.svg': 'edited', 'figures/all/a': 'edited, too' });
    for (const text of ['one', 'two']) {
      const kept = await world.run(stages(text));
      expect(kept).toMatchObject({ exitCode: 1, summary: { ok: false } });
      expect(ofType(kept, 'export-refused').map(({ path, message }) => [path, message])).toEqual([
        [
          'figures/fig.svg',
          'it was edited after flow wrote it: move it, or overwrite it with --force',
        ],
        [
          'figures/all',
          'flow keeps a file in it that was edited or added: a: move it, or replace the folder with --force',
        ],
      ]);
      expect(world.read('figures/fig.svg')).toBe('edited');
      expect(world.read('figures/all/a')).toBe('edited, too');
    }
    expect((await world.run(stages('two'), { forceExports: true })).exitCode).toBe(0);
    expect(world.read('figures/fig.svg')).toBe('two\n');
    expect(world.read('figures/all/a')).toBe('two\n');
  });

  it('take over an edit that is equal to the new result', async () => {
    const world = new World();
    await world.run(stages('one'));
    world.write({ 'figures/fig.svg': 'two\n', 'figures/all/a': 'two\n' });
    expect((await world.run(stages('two'))).exitCode).toBe(0);
    expect((await world.run(stages('three'))).exitCode).toBe(0);
    expect(world.read('figures/fig.svg')).toBe('three\n');
  });

  it('go back to flow when a person puts the old bytes back', async () => {
    const world = new World();
    await world.run(stages('one'));
    world.write({ 'figures/fig.svg': 'edited' });
    expect((await world.run(stages('two'))).exitCode).toBe(1);
    world.write({ 'figures/fig.svg': 'one\n' });
    expect((await world.run(stages('two'))).exitCode).toBe(0);
    expect(world.read('figures/fig.svg')).toBe('two\n');
  });

  it('replace the files of a folder one by one, and keep those of a person', async () => {
    const world = new World();
    await world.run(
      folder(
        'echo 1 > same; echo 1 > changed; echo 1 > gone; mkdir d; echo 1 > d/gone; echo 1 > edited; ln -s same link',
      ),
    );
    world.write({ 'all/edited': 'mine', 'all/added': 'mine', 'all/d/added': 'mine' });
    symlinkSync('nowhere', world.at('all/dead'));
    const before = statSync(world.at('all/same')).ino;
    const kept = await world.run(
      folder(
        'echo 1 > same; echo 2 > changed; mkdir e; echo 2 > e/new; echo 2 > edited; ln -s changed link',
      ),
    );
    expect(kept.exitCode).toBe(1);
    expect(ofType(kept, 'export-refused').map(({ message }) => message)).toEqual([
      'flow keeps 4 files in it that were edited or added: added, d/added, dead, edited: move them, or replace the folder with --force',
    ]);
    expect(readdirSync(world.at('all'), { recursive: true }).sort()).toEqual([
      'added',
      'changed',
      'd',
      'd/added',
      'dead',
      'e',
      'e/new',
      'edited',
      'link',
      'same',
    ]);
    expect(statSync(world.at('all/same')).ino).toBe(before);
    expect(
      ['changed', 'e/new', 'link', 'edited', 'added'].map((name) => world.read(`all/${name}`)),
    ).toEqual(['2\n', '2\n', '2\n', 'mine', 'mine']);
    for (const name of ['edited', 'added', 'd/added', 'dead']) rmSync(world.at(`all/${name}`));
    expect((await world.run(folder('echo 3 > changed'))).exitCode).toBe(0);
    expect(readdirSync(world.at('all'))).toEqual(['changed']);
  });

  it('do not go through a file or a link that a person put in the place of a folder', async () => {
    const world = new World();
    await world.run(folder('mkdir d; echo 1 > d/f; echo 1 > g'));
    rmSync(world.at('all/d'), { recursive: true });
    mkdirSync(world.at('elsewhere'));
    symlinkSync('../elsewhere', world.at('all/d'));
    const kept = await world.run(folder('mkdir d; echo 2 > d/f; echo 2 > g'));
    expect(kept.exitCode).toBe(1);
    expect(readdirSync(world.at('elsewhere'))).toEqual([]);
    expect(world.read('all/g')).toBe('2\n');
    // The other way round: a folder of a person where the result has a file.
    world.write({ 'all/g2/mine': 'mine' });
    expect((await world.run(folder('echo 3 > g2'))).exitCode).toBe(1);
    expect(world.read('all/g2/mine')).toBe('mine');
  });

  it('are recognised in a moved project, and without records only by equal bytes', async () => {
    const world = new World();
    await world.run(stages('one'));
    const moved = `${world.root}-moved`;
    renameSync(world.root, moved);
    const there = new World(moved);
    expect((await there.run(stages('two'))).exitCode).toBe(0);
    rmSync(there.at('cache'), { recursive: true });
    expect((await there.run(stages('two'))).exitCode).toBe(0);
    expect((await there.run(stages('three'))).exitCode).toBe(0);
    rmSync(there.at('cache'), { recursive: true });
    const fresh = await there.run(stages('four'));
    expect(fresh.exitCode).toBe(1);
    expect(ofType(fresh, 'export-refused')[0]?.message).toBe(
      'it exists, but flow did not write it: move it, or overwrite it with --force',
    );
    expect(there.read('figures/fig.svg')).toBe('three\n');
    expect(there.read('figures/all/a')).toBe('three\n');
  });

  it('of values that left the sweep are named while they exist, and stay', async () => {
    const world = new World();
    expect(ofType(await world.run(sweep('1, 2, 3')), 'warning')).toEqual([]);
    for (let again = 0; again < 2; again += 1) {
      const ran = await world.run(sweep('2'));
      expect(ran.exitCode).toBe(0);
      expect(ofType(ran, 'warning')).toMatchObject([
        {
          code: 'exports-left',
          message:
            'flow keeps 2 exports of earlier runs that this pipeline no longer has: res/1.txt, res/3.txt',
        },
      ]);
    }
    rmSync(world.at('res/1.txt'));
    // With named targets, other exports of the pipeline may well exist.
    expect(ofType(await world.run(sweep('2'), { partial: true }), 'warning')).toEqual([]);
    expect(ofType(await world.run(sweep('2')), 'warning')).toMatchObject([
      {
        message:
          'flow keeps an export of an earlier run that this pipeline no longer has: res/3.txt',
      },
    ]);
    expect(ofType(await world.run(sweep('2, 3')), 'warning')).toEqual([]);
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
