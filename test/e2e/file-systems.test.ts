import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Project } from '../rig/project.ts';

// Real file systems other than the one that tests usually run on, each in a file that is mounted.

const MB = 1 << 20;

interface FileSystem {
  readonly name: string;
  /** Bytes below which its maker makes none. */
  readonly size: number;
  readonly make: readonly string[];
  /** The image and the folder follow. */
  readonly mount: readonly string[];
  /** How stages get their inputs; `copies`: a cache cannot lie there. */
  readonly inputs: 'hard links' | 'reflinks' | 'copies';
}

const loop = ['mount', '-o', 'loop'];

const fileSystems: readonly FileSystem[] = [
  {
    // Inodes of 128 bytes have no room for parts of a second.
    name: 'ext4 whose times are whole seconds',
    size: 64 * MB,
    make: ['mkfs.ext4', '-q', '-I', '128'],
    mount: loop,
    inputs: 'hard links',
  },
  {
    name: 'FAT, whose times are even seconds, without a change time of its own',
    size: 64 * MB,
    make: ['mkfs.vfat'],
    mount: ['mount', '-t', 'vfat', '-o', 'loop'],
    inputs: 'copies',
  },
  {
    name: 'xfs, with reflinks',
    size: 320 * MB,
    make: ['mkfs.xfs', '-q'],
    mount: loop,
    inputs: 'reflinks',
  },
  {
    name: 'btrfs, with reflinks',
    size: 128 * MB,
    make: ['mkfs.btrfs', '-q'],
    mount: loop,
    inputs: 'reflinks',
  },
];

const succeeds = ([program = '', ...words]: readonly string[]): boolean =>
  spawnSync(program, words, { stdio: 'ignore' }).status === 0;

describe.for(fileSystems)('on $name', ({ name, size, make, mount, inputs }) => {
  const hasCaches = inputs !== 'copies';
  let folder: string;
  let mounted: string | undefined;
  let project: Project;
  /** In the project where that is possible. */
  let cache: string;

  beforeEach((context) => {
    folder = mkdtempSync(path.join(tmpdir(), 'flow-disk-'));
    const [image, at] = [path.join(folder, 'image'), path.join(folder, 'mounted')];
    writeFileSync(image, '');
    truncateSync(image, size);
    mkdirSync(at);
    if (!succeeds([...make, image])) context.skip(`${make[0]} makes none here: ${name}`);
    if (!succeeds([...mount, image, at])) context.skip(`cannot mount ${name}`);
    mounted = at;
    project = new Project(at);
    cache = path.join(hasCaches ? at : folder, 'cache');
    project.write({
      'package.json': '{ "type": "module" }\n',
      'data/x.txt': 'a0\n',
      'stages/t.ts': `import { writeFileSync } from 'node:fs';
import { text } from './text.ts';
writeFileSync('out/o.txt', text);
`,
      'stages/text.ts': `export const text = 'a0';\n`,
    });
    project.pipeline(`
stages:
  s: { sh: 'mkdir -p out/d/e; cat \${inputs.i}/x.txt > out/d/e/x; echo y > out/d/y', inputs: { i: ./data }, outputs: { d: d/ } }
  t: { ts: stages/t.ts, inputs: { i: s.d }, outputs: { o: o.txt } }
  edits:
    sh: |
      f=in/i/y; [ -e "$f" ] || f=\${inputs.i}/y
      chmod -R u+w in; touch -r "$f" was; echo z > "$f"; touch -r was "$f"; echo 1 > \${outputs.o}
    inputs: { i: s.d }
    outputs: { o: o.txt }
exports: { ${hasCaches ? 'results/d: s.d, ' : ''}results/o.txt: t.o }
targets: [t]
`);
  });

  afterEach(() => {
    // What a FUSE program serves is let go of a moment after its last file is closed.
    if (mounted !== undefined && !succeeds(['umount', mounted]))
      succeeds(['umount', '-l', mounted]);
    mounted = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  const run = (...args: readonly string[]) => project.runJson('--cache', cache, ...args);

  const cat = (...words: readonly string[]) => project.flow(['cat', ...words, '--cache', cache]);

  it('no edit is missed: quick ones of one size, with the old times put back, by rename', async () => {
    expect(await run()).toMatchObject({ code: 0, ran: 2 });
    expect(await run()).toMatchObject({ code: 0, ran: 0, hit: 2 });
    for (let i = 1; i <= 4; i += 1) {
      for (const file of ['data/x.txt', 'stages/text.ts']) {
        const before = statSync(project.at(file));
        const text = project.read(file).replace(/a\d/, `a${i}`);
        if (i % 2 === 0) {
          project.write({ [`${file}.new`]: text });
          spawnSync('mv', [project.at(`${file}.new`), project.at(file)]);
        } else project.write({ [file]: text });
        utimesSync(project.at(file), before.atime, before.mtime);
      }
      expect(await run()).toMatchObject({ code: 0, ran: 2 });
      expect((await cat('s.d', 'e/x')).stdout).toBe(`a${i}\n`);
      expect(project.read('results/o.txt')).toBe(`a${i}`);
    }
    // What was remembered of the last state is of the last state.
    expect(await run()).toMatchObject({ code: 0, ran: 0, hit: 2 });
    expect(project.read('results/o.txt')).toBe('a4');
  });

  it('exports are placed, left alone, kept with what a person wrote, and put back by force', async () => {
    expect((await run()).code).toBe(0);
    const before = statSync(project.at('results/o.txt')).ino;
    expect((await run()).code).toBe(0);
    expect(statSync(project.at('results/o.txt')).ino).toBe(before);
    project.write({ 'results/o.txt': 'b0', ...(hasCaches && { 'results/d/more': '' }) });
    expect((await run()).code).toBe(1);
    expect(project.read('results/o.txt')).toBe('b0');
    expect((await run('--force')).code).toBe(0);
    expect(project.read('results/o.txt')).toBe('a0');
    if (hasCaches) expect(project.files('results/d').toSorted()).toEqual(['e', 'e/x', 'y']);
  });

  it('a stage that edits its input and puts the times back spoils nothing', async () => {
    expect((await run()).code).toBe(0);
    const edited = await project.flow(['run', 'pipelines/p.yaml', 'edits', '--cache', cache]);
    expect(edited.stderr).toContain('its input s.d was changed while the stage ran');
    expect(edited.code).toBe(1);
    expect((await run()).code).toBe(0);
    expect((await cat('s.d', 'y')).stdout).toBe('y\n');
    expect((await project.flow(['verify', '--cache', cache])).stdout).not.toMatch(/^blob/m);
  });

  it.skipIf(hasCaches)('a cache is refused, and it is said why', async () => {
    const refused = await project.flow(['run', 'pipelines/p.yaml']);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(
      /error: cannot use the cache at \S+\/cache: its file system does not support hard links .*\n +hint: choose another folder with --cache/,
    );
    expect(project.files('cache')).toEqual([]);
  });
});
