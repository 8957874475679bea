import {
  cpSync,
  existsSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Project } from '../rig/project.ts';

// One cache for several projects: checkouts of one repository, or unrelated ones. Results are shared;
// "the latest run" and the right to overwrite a file are each project's own.

const pipeline = (end: string): string => `
params: { n: 1 }
stages:
  same: { sh: 'echo same \${n} > \${outputs.o}', outputs: { o: o.txt } }
  ${end}: { sh: 'cat \${inputs.i} > \${outputs.o}; echo ${end} >> \${outputs.o}', inputs: { i: same.o }, outputs: { o: o.txt } }
exports: { results/o.txt: ${end}.o }
`;

let folder: string;
let one: Project;
let two: Project;

function projectAt(name: string, end: string): Project {
  const project = new Project(path.join(folder, name));
  project.write({ 'flow.yaml': 'cache: ../cache\n' });
  project.pipeline(pipeline(end));
  return project;
}

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flow-shared-'));
  one = projectAt('one', 'first');
  two = projectAt('two', 'second');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('two projects with one cache', () => {
  it('share results, and each looks into its own latest run', async () => {
    const own = await one.runJson();
    expect(own).toMatchObject({ ran: 2, hit: 0 });
    const later = await two.runJson();
    expect(later).toMatchObject({ ran: 1, hit: 1 });
    expect((await one.flow(['status'])).stdout).toContain(own.run_id);
    expect((await two.flow(['status'])).stdout).toContain(later.run_id);
    expect((await one.flow(['cat', 'first'])).stdout).toBe('same 1\nfirst\n');
    expect((await two.flow(['cat', 'second'])).stdout).toBe('same 1\nsecond\n');
    expect((await one.flow(['ls', '--json'])).stdout).toContain('"first"');
    expect((await one.flow(['explain', 'first', '--json'])).stdout).toContain('"hit"');
    // Another's run is there for who names it.
    expect((await one.flow(['cat', 'second', '--run', later.run_id])).code).toBe(0);
  });

  it("do not overwrite each other's files by what flow wrote in one of them", async () => {
    expect((await one.runJson()).code).toBe(0);
    two.write({ 'results/o.txt': 'by hand\n' });
    const refused = await two.flow(['run', 'pipelines/p.yaml']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('results/o.txt: it exists, but flow did not write it');
    expect(two.read('results/o.txt')).toBe('by hand\n');
    expect((await two.flow(['run', 'pipelines/p.yaml', '--force'])).code).toBe(0);
    two.write({ 'results/o.txt': 'edited\n' });
    const edited = await two.flow(['run', 'pipelines/p.yaml']);
    expect(edited.stderr).toContain('results/o.txt: it was edited after flow wrote it');
    expect(two.read('results/o.txt')).toBe('edited\n');
  });

  it('keep their runs each for itself when gc keeps the newest', async () => {
    const runs = [];
    for (const project of [one, two]) {
      for (const n of [1, 2]) runs.push((await project.runJson('-p', `n=${n}`)).run_id);
    }
    expect((await one.flow(['gc', '--keep-runs', '1', '--grace', '0s'])).code).toBe(0);
    expect(
      one
        .files('../cache/runs')
        .filter((name) => !name.includes('/'))
        .toSorted(),
    ).toEqual([runs[1], runs[3]]);
    expect(await one.runJson('-p', 'n=2')).toMatchObject({ ran: 0, hit: 2 });
    expect(await two.runJson('-p', 'n=2')).toMatchObject({ ran: 0, hit: 2 });
  });
});

describe('a project that was moved or copied', () => {
  it('finds its latest run, and replaces the exports that flow wrote', async () => {
    const { run_id } = await one.runJson();
    renameSync(one.root, path.join(folder, 'moved'));
    const moved = new Project(path.join(folder, 'moved'));
    // Its flow.yaml names a cache outside of a project that nobody has run here.
    expect((await moved.flow(['status'])).stderr).toContain('[outside-cache]');
    expect((await moved.flow(['status', '--trust'])).stdout).toContain(run_id);
    expect((await moved.flow(['cat', 'first'])).stdout).toBe('same 1\nfirst\n');
    expect(await moved.runJson('-p', 'n=2')).toMatchObject({ code: 0, ran: 2 });
    expect(moved.read('results/o.txt')).toBe('same 2\nfirst\n');
    cpSync(moved.root, path.join(folder, 'copied'), { recursive: true });
    const copied = new Project(path.join(folder, 'copied'));
    expect(await copied.runJson('-p', 'n=3')).toMatchObject({ code: 0, ran: 2 });
    expect(copied.read('results/o.txt')).toBe('same 3\nfirst\n');
    expect(moved.read('results/o.txt')).toBe('same 2\nfirst\n');
  });

  it('keeps an export that was edited before it was moved', async () => {
    await one.runJson();
    one.write({ 'results/o.txt': 'edited\n' });
    renameSync(one.root, path.join(folder, 'moved'));
    const moved = new Project(path.join(folder, 'moved'));
    const refused = await moved.flow(['run', 'pipelines/p.yaml']);
    expect(refused.stderr).toContain('flow did not write it');
    expect(moved.read('results/o.txt')).toBe('edited\n');
  });
});

/** Memory is another disk, as far as links and renames can tell. */
const memory = '/dev/shm';
const hasMemory = existsSync(memory) && statSync(memory).dev !== statSync(tmpdir()).dev;

describe.skipIf(!hasMemory)('a cache on another disk (skipped where /dev/shm is none)', () => {
  let there: string;

  beforeEach(() => {
    there = mkdtempSync(path.join(memory, 'flow-cache-'));
    one.write({ 'flow.yaml': '' });
  });

  afterEach(() => rmSync(there, { recursive: true, force: true }));

  it('is reached by a link, and it is said when that disk is gone', async () => {
    symlinkSync(there, one.at('cache'));
    expect(await one.runJson()).toMatchObject({ code: 0, ran: 2 });
    expect(await one.runJson('-p', 'n=2')).toMatchObject({ code: 0, ran: 2 });
    expect((await one.flow(['gc', '--keep-runs', '1', '--grace', '0s'])).code).toBe(0);
    expect(await one.runJson('-p', 'n=2')).toMatchObject({ code: 0, hit: 2 });
    expect((await one.flow(['verify'])).code).toBe(0);
    expect(one.files('cache/tmp')).toEqual([]);
    rmSync(there, { recursive: true });
    const gone = await one.flow(['run', 'pipelines/p.yaml']);
    expect(gone.code).toBe(3);
    expect(gone.stderr).toContain(`/cache is a link to ${there}, which does not exist`);
    expect(gone.stderr).toContain(
      'hint: mount its disk, create that folder, or choose another folder',
    );
  });

  it('is refused in words where only a part of it lies there', async () => {
    one.write({ 'cache/.keep': '' });
    one.write({ 'cache/VERSION': '2\n' });
    symlinkSync(there, one.at('cache/cas'));
    const refused = await one.flow(['run', 'pipelines/p.yaml']);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(
      /^flow: EXDEV: .*\n +hint: put the whole cache on one file system/,
    );
  });
});
