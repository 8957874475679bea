import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, cpSync, lchownSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeTree } from '../../src/flow/store/disk/remove-tree.ts';
import { type Ended, flowBin, Project } from '../rig/project.ts';

// The cache of a colleague, or the one that CI has mounted: this user can read it, but not write to it.

const nobody = 65534;
const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];
const isRoot = process.getuid?.() === 0;

/** Why no test here says anything, if so. */
const unable = ((): string | undefined => {
  if (!isRoot) return undefined;
  const [program = '', ...words] = [...asNobody, process.execPath, flowBin, '--version'];
  return spawnSync(program, words).status === 0 ? undefined : 'no other user can run flow here';
})();

let project: Project;

beforeEach(async (context) => {
  if (unable !== undefined) context.skip(unable);
  project = new Project();
  project.write({
    'data/x.txt': 'x\n',
    'data/d/y.txt': 'y\n',
    'stages/m.ts': `import { writeFileSync } from 'node:fs';
writeFileSync('out/m.json', '{"score": 1}');
`,
  });
  project.pipeline(`
stages:
  a: { sh: 'cat \${inputs.i} \${inputs.d}/y.txt > \${outputs.o}', inputs: { i: ./data/x.txt, d: ./data/d }, outputs: { o: o.txt } }
  m: { ts: stages/m.ts, inputs: { a: a.o }, outputs: { m: { path: m.json, kind: metrics } } }
exports: { results/o.txt: a.o }
`);
  expect((await project.flow(['run', 'pipelines/p.yaml'])).code).toBe(0);
  rmSync(project.at('results'), { recursive: true });
});

afterEach(() => {
  if (unable !== undefined) return;
  if (!isRoot) unlock();
  removeTree(project.root);
});

/** Nobody may write to the cache; the project is the user's own. */
function lock(): void {
  if (!isRoot) {
    spawnSync('chmod', ['-R', 'a-w', project.at('cache')]);
    return;
  }
  chownSync(project.root, nobody, nobody);
  chmodSync(project.root, 0o755);
  for (const name of project.files('.')) {
    if (!name.startsWith('cache')) lchownSync(project.at(name), nobody, nobody);
  }
}

const unlock = (): void => void spawnSync('chmod', ['-R', 'u+w', project.at('cache')]);

function flow(...args: readonly string[]): Promise<Ended> {
  return project.start(args, { HOME: tmpdir() }, isRoot ? asNobody : []).ended;
}

const cacheFiles = (): readonly string[] => [...project.files('cache')].sort();

const f = ['-f', 'pipelines/p.yaml'];

describe('a cache to which this user may not write', () => {
  it.each([
    [['plan', 'pipelines/p.yaml'], 'nothing to run'],
    [['show', 'a.o'], 'a.o'],
    [['show', 'a.o', ...f], 'x'],
    [['show', 'm', ...f], 'stages/m.ts'],
    [['cat', 'a'], 'x\ny\n'],
    [['cat', 'a', ...f], 'x\ny\n'],
    [['table', 'm'], 'score'],
    [['explain', 'm'], 'its result is in the cache'],
    [['explain', 'a', ...f], 'its result is in the cache'],
    [['ls', ...f], 'm.m'],
    [['log', 'a'], ''],
    [['status'], 'p'],
    [['runs'], 'p'],
    [['graph', 'pipelines/p.yaml'], 'm'],
    [['checkout', 'a', 'copy.txt'], ''],
    [['report', '-o', 'r.html'], ''],
  ])('still gives what flow %s shows', async (words, said) => {
    lock();
    const before = cacheFiles();
    const ended = await flow(...words);
    expect({ code: ended.code, stderr: ended.stderr }).toMatchObject({ code: 0 });
    expect(ended.stderr).not.toMatch(/EACCES|internal error/);
    expect(ended.stdout).toContain(said);
    expect(cacheFiles()).toEqual(before);
  });

  it('gives its results to a run that changes nothing, which says that it is not recorded', async () => {
    lock();
    const before = cacheFiles();
    for (const changed of ['results/o.txt\n', 'results/o.txt (unchanged)\n']) {
      const ended = await flow('run', 'pipelines/p.yaml');
      expect([ended.code, ended.stderr]).toEqual([
        0,
        'warning: the cache is read-only for this user, so flow does not record this run [no-record]\n',
      ]);
      expect(ended.stdout).toContain('0 ran, 2 hits');
      expect(ended.stdout).toContain(changed);
    }
    expect(project.read('results/o.txt')).toBe('x\ny\n');
    expect(cacheFiles()).toEqual(before);
  });

  it('is compared with changed sources, code and pipelines', async () => {
    project.write({ 'data/d/y.txt': 'z\n' });
    lock();
    const plan = await flow('plan', 'pipelines/p.yaml', '--json');
    expect(JSON.parse(plan.stdout)).toMatchObject({ misses: 1, awaiting: 1 });
    const explained = await flow('explain', 'a', ...f);
    expect(explained.stdout).toMatch(/^input +d /m);
  });

  it('refuses a run that has to compute something, with a way out', async () => {
    project.write({ 'data/x.txt': 'z\n' });
    lock();
    const ended = await flow('run', 'pipelines/p.yaml');
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain(
      'hint: allow this user to write there, or choose another folder with --cache',
    );
    expect((await flow('run', 'pipelines/p.yaml', '--cache', 'mine')).code).toBe(0);
  });

  it('was copied without times, and its blobs are believed by their bytes', async () => {
    const copy = project.at('copy');
    cpSync(project.at('cache'), copy, { recursive: true });
    rmSync(project.at('cache'), { recursive: true });
    cpSync(copy, project.at('cache'), { recursive: true });
    lock();
    const plan = await flow('plan', 'pipelines/p.yaml');
    expect([plan.code, plan.stdout]).toEqual([0, expect.stringContaining('0 misses, 2 hits')]);
    expect((await flow('cat', 'a')).stdout).toBe('x\ny\n');
  });

  it('has a damaged blob, which is a miss', async () => {
    for (const name of project.files('cache/cas')) {
      const blob = project.at('cache/cas', name);
      if (
        path.basename(name).length < 64 ||
        !readdirSync(path.dirname(blob)).includes(path.basename(name))
      )
        continue;
      if (project.read(`cache/cas/${name}`) !== 'x\ny\n') continue;
      chmodSync(blob, 0o644);
      project.write({ [`cache/cas/${name}`]: 'q\ny\n' });
    }
    lock();
    const plan = await flow('plan', 'pipelines/p.yaml', '--json');
    expect(JSON.parse(plan.stdout)).toMatchObject({ misses: 1 });
  });
});
