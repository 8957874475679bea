import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lchownSync, readdirSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { removeTree } from '../../src/flow/store/disk/remove-tree.ts';
import { type Ended, flowBin, Project } from '../rig/project.ts';

// What an ordinary user meets who may not read or write everything: root, as whom tests often run, may.

const nobody = 65534;
const asNobody = ['setpriv', `--reuid=${nobody}`, `--regid=${nobody}`, '--clear-groups'];

/** Why no test here says anything, if so. */
const unable = ((): string | undefined => {
  if (process.getuid?.() !== 0) return 'only root can become another user';
  const [program = '', ...words] = [...asNobody, process.execPath, flowBin, '--version'];
  const tried = spawnSync(program, words, { encoding: 'utf8' });
  return tried.status === 0 ? undefined : `no other user can run flow here: ${tried.stderr}`;
})();

let project: Project;

beforeEach((context) => {
  if (unable !== undefined) context.skip(unable);
  project = new Project();
  project.write({ 'data/x.txt': 'x\n' });
  project.pipeline(`
stages:
  a: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: ./data/x.txt }, outputs: { o: o.txt } }
exports: { results/o.txt: a.o }
`);
  give();
});

afterEach(() => {
  if (unable === undefined) removeTree(project.root);
});

/** The whole project becomes nobody's own, or root's again. */
function give(to = nobody): void {
  chownSync(project.root, to, to);
  chmodSync(project.root, 0o755);
  for (const name of project.files('.')) lchownSync(project.at(name), to, to);
}

function flow(...args: readonly string[]): Promise<Ended> {
  return project.start(args, { HOME: tmpdir() }, asNobody).ended;
}

const run = (...args: readonly string[]) => flow('run', 'pipelines/p.yaml', ...args);

const inWords = ({ stderr }: Ended): string => {
  expect(stderr).not.toMatch(/internal error|\n\s+at /);
  return stderr;
};

describe('a source', () => {
  it('that this user may not read is named, and it is read once that is put right', async () => {
    chmodSync(project.at('data/x.txt'), 0o200);
    const ended = await run();
    expect([ended.code, inWords(ended)]).toEqual([
      1,
      expect.stringMatching(/cannot read input 'i' \(data\/x\.txt\): .*EACCES: permission denied/),
    ]);
    chmodSync(project.at('data/x.txt'), 0o400);
    expect((await run()).code).toBe(0);
  });

  it('in a folder that this user may not enter is not said to be missing', async () => {
    chmodSync(project.at('data'), 0o600);
    const ended = await run();
    expect(ended.code).toBe(2);
    expect(inWords(ended)).toMatch(
      /p\.yaml:5:\d+: error: flow cannot read source '\.\/data\/x\.txt': this user may not enter a folder .* \[unreadable-source\]/,
    );
  });
});

describe('a cache', () => {
  it('in a folder where this user may not write is refused, with another way', async () => {
    give(0);
    const ended = await run();
    expect(ended.code).toBe(3);
    expect(inWords(ended)).toMatch(/EACCES.*mkdir '.*\/cache'/);
    expect(ended.stderr).toContain('hint: choose another folder with --cache or FLOW_CACHE');
    chmodSync(project.root, 0o777);
    expect((await run('--cache', 'mine')).code).toBe(0);
  });

  it('that belongs to another user is looked at, and a run or gc says that it may not write', async () => {
    give(0);
    expect((await project.flow(['run', 'pipelines/p.yaml'])).code).toBe(0);
    for (const args of [
      ['ls'],
      ['status'],
      ['cat', 'a'],
      ['log', 'a'],
      ['show', 'a'],
      ['gc', '--dry-run'],
      ['verify'],
    ]) {
      const looked = await flow(...args);
      expect([args, looked.code, inWords(looked)]).toEqual([
        args,
        0,
        expect.not.stringContaining('EACCES'),
      ]);
    }
    // A source that was just written is read again, and not stored.
    project.write({ 'data/x.txt': 'y\n' });
    expect(await flow('plan', 'pipelines/p.yaml')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('1 miss'),
      stderr: '',
    });
    const changing = [
      ['run', 'pipelines/p.yaml'],
      ['gc'],
      ['pin', (await project.runJson()).run_id],
    ];
    for (const args of changing) {
      project.write({ 'data/x.txt': `${args.join()}\n` });
      const ended = await flow(...args);
      expect([args, ended.code]).toEqual([args, 3]);
      expect(inWords(ended)).toMatch(/EACCES: permission denied, \w+ '.*\/cache\//);
      expect(ended.stderr).toContain(
        'allow this user to write there, or choose another folder with --cache',
      );
      expect(ended.stderr).not.toContain('cannot read input');
    }
  });

  it('of which somebody else wrote one folder still gives what it has', async () => {
    expect((await run()).code).toBe(0);
    for (const folder of ['cas', 'actions']) chownSync(project.at('cache', folder), 0, 0);
    expect(await run()).toMatchObject({ code: 0, stdout: expect.stringContaining('1 hit') });
    project.write({ 'data/x.txt': 'y\n' });
    const ended = await run();
    expect([1, 3]).toContain(ended.code);
    expect(inWords(ended)).toContain('EACCES: permission denied');
    for (const folder of ['cas', 'actions']) chownSync(project.at('cache', folder), nobody, nobody);
    expect((await run()).code).toBe(0);
    expect((await flow('cat', 'a')).stdout).toBe('y\n');
  });
});

/** Folders of the cache in which root has put a folder that this user cannot remove. */
function spoil(...folders: readonly string[]): void {
  for (const folder of folders) {
    project.write({ [`cache/${folder}/mine`]: 'mine', [`cache/${folder}/of-root/file`]: 'x' });
  }
  give();
  for (const folder of folders) {
    for (const name of ['of-root', 'of-root/file']) {
      lchownSync(project.at('cache', folder, name), 0, 0);
    }
    for (const name of ['', 'mine', 'of-root', 'of-root/file']) {
      utimesSync(project.at('cache', folder, name), 1e9, 1e9);
    }
  }
}

describe('gc beside files of another user, as Docker leaves them', () => {
  it('skips what it cannot remove, names it, and removes the rest', async () => {
    await run();
    const [dead, checkpoint] = ['tmp/2147483646-00000000-1', `checkpoints/${'0'.repeat(64)}`];
    spoil(dead, checkpoint);
    const ended = await flow('gc', '--grace', '0s');
    expect([ended.code, inWords(ended)]).toEqual([0, '']);
    expect(ended.stdout).toMatch(
      /^could not remove 2 files or folders, and skipped them:\n( {2}cache\/tmp\/.*: EACCES: permission denied, .*\n){2}/m,
    );
    expect(ended.stdout).toContain('cache/tmp/2147483646-00000000-1: EACCES');
    expect(ended.stdout).not.toMatch(/removed .*(checkpoint|scratch folder)/);
    expect(project.has('cache/tmp/2147483646-00000000-1/of-root/file')).toBe(true);
    expect(project.has('cache/tmp/2147483646-00000000-1/mine')).toBe(false);
    expect(project.has(`cache/${checkpoint}`)).toBe(false);
    const again = await flow('gc', '--grace', '0s', '--json');
    expect(again.code).toBe(0);
    expect(JSON.parse(again.stdout)).toMatchObject({
      skipped: [
        {
          path: expect.stringContaining(project.at('cache/tmp')) as string,
          message: expect.stringContaining('EACCES') as string,
        },
      ],
    });
    expect((await run()).code).toBe(0);
  });

  it('keeps a result whose record it cannot remove whole', async () => {
    await run();
    const [runId = ''] = readdirSync(project.at('cache/runs'));
    removeTree(project.at('cache/runs', runId));
    const records = project.files('cache/actions').filter((name) => !name.endsWith('.json'));
    for (const name of records) lchownSync(project.at('cache/actions', name), 0, 0);
    const ended = await flow('gc', '--grace', '0s');
    expect([ended.code, inWords(ended)]).toEqual([0, '']);
    expect(ended.stdout).toContain('could not remove 1 file or folder, and skipped it:');
    expect((await flow('verify')).stdout).toContain('all unchanged');
  });
});

describe('a project that may not be written', () => {
  beforeEach(() => {
    give(0);
    project.write({ 'mine/.keep': '' });
    chownSync(project.at('mine'), nobody, nobody);
  });

  it('keeps its results; its exports say where they could not be placed', async () => {
    const ended = await run('--cache', 'mine/cache');
    expect(ended.code).toBe(1);
    expect(inWords(ended)).toMatch(
      /✖ results\/o\.txt: cannot write \S+\/results\/o\.txt: EACCES: permission denied/,
    );
    expect(await run('--cache', 'mine/cache')).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('1 hit'),
    });
    chmodSync(project.root, 0o777);
    expect((await run('--cache', 'mine/cache')).code).toBe(0);
    expect(project.read('results/o.txt')).toBe('x\n');
  });

  it('says where a checkout and a report cannot be written', async () => {
    await run('--cache', 'mine/cache');
    const checkout = await flow('checkout', 'a', 'x/y', '--cache', 'mine/cache');
    expect(inWords(checkout)).toMatch(/error: cannot write \S+\/x\/y: EACCES: permission denied/);
    const report = await flow('report', '--cache', 'mine/cache');
    expect(inWords(report)).toMatch(/error: cannot write report-\S+\.html: EACCES/);
    expect([checkout.code, report.code]).toEqual([1, 3]);
  });
});

describe('an output without the right to read it', () => {
  it.for([
    ['a file', 'echo 1 > out/o.txt; chmod 000 out/o.txt', 'o.txt', 'cannot read out/o.txt: EACCES'],
    ['a folder', 'mkdir -p out/o/s; chmod 000 out/o/s', 'o/', 'cannot read out/o: EACCES'],
    [
      'a folder that may be listed, not entered',
      'mkdir -p out/o/s; echo 1 > out/o/s/f; chmod 444 out/o/s',
      'o/',
      "EACCES: permission denied, lstat 'out/o/s/f'",
    ],
    [
      'what lies in a scratch folder that was locked',
      'echo 1 > out/o.txt; chmod 000 .',
      'o.txt',
      "flow cannot read output 'o' (out/o.txt): EACCES",
    ],
  ])('fails the stage by name: %s', async ([, script = '', output = '', message = '']) => {
    project.pipeline(`
stages:
  good: { sh: 'mkdir -p out/o/s; echo 1 > out/o/s/f; chmod -R a-w out/o', outputs: { o: o/ } }
  bad: { sh: '${script}', outputs: { o: ${output} } }
`);
    const ended = await run('-k');
    expect(ended.code).toBe(1);
    expect(inWords(ended)).toContain(message);
    expect(ended.stderr).not.toMatch(/✖.*cache\/tmp/);
    expect(ended.stdout).toMatch(/1 ran, 0 hits, 1 failed/);
    // Locked folders are no reason to leave a scratch folder behind.
    expect(readdirSync(path.join(project.root, 'cache/tmp'))).toEqual([]);
  });
});
