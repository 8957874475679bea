import { chmodSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ToyProject, toyFiles } from './toy-project.ts';

// A hint is a command that works unchanged: as the user called flow, with the options that this took.

let project: ToyProject;

beforeEach(() => {
  project = new ToyProject(toyFiles);
});

afterEach(() => project.remove());

const npx = { env: { npm_command: 'exec' } };

/** Changes the bytes of every file in the cache that has this text, and nothing else of it. */
function spoil(cache: string, text: string): void {
  const folder = project.path(`${cache}/cas`);
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const file = `${folder}/${name}`;
    const { size, atime, mtime } = statSync(file);
    if (!statSync(file).isFile() || size !== Buffer.byteLength(text)) continue;
    chmodSync(file, 0o644);
    writeFileSync(file, 'X'.repeat(size));
    utimesSync(file, atime, mtime);
  }
}

test('verify --dry-run says how to remove what is damaged, in this cache', async () => {
  await project.flow('run', 'pipelines/toy.yaml', '--cache', 'other');
  spoil('other', 'apple\nfig\npear\n');
  const { stdout } = await project.flowWith(npx, 'verify', '--dry-run', '--cache', 'other');
  expect(stdout).toContain(
    'use flow verify without --dry-run to remove what is damaged: npx flow verify --cache other\n',
  );
});

test('a damaged artifact is computed again by the command that made it', async () => {
  await project.flow('run', 'pipelines/toy.yaml', '-p', 'end=?', '--cache', 'other');
  spoil('other', 'apple\nfig\npear\n');
  const { code, stderr } = await project.flowWith(npx, 'cat', 'sort', '--cache', 'other');
  expect(code).toBe(1);
  expect(stderr).toContain(
    "hint: compute it again with npx flow run pipelines/toy.yaml sort -p 'end=?' --cache other\n",
  );
});

test('a hint that names another command names it as the user called flow', async () => {
  const hintOf = async (...words: readonly string[]) =>
    (await project.flowWith(npx, ...words)).stderr;
  expect(await hintOf('dag')).toContain('hint: npx flow graph PIPELINE draws the stages');
  expect(await hintOf('run', '--until', 'sort')).toContain(
    'hint: name the stage as the target: npx flow run PIPELINE STAGE\n',
  );
  project.write({
    'not-run.yaml':
      'version: 1\nprobes: { host: { sh: hostname } }\nstages: { s: { sh: "cat ${inputs.h} > ${outputs.o}", inputs: { h: probe.host }, outputs: { o: o.txt } } }\n',
  });
  const plan = await project.flowWith(npx, 'plan', 'not-run.yaml');
  expect(plan.stdout).toContain('not looked at: npx flow run, or --trust\n');
  const explained = await project.flowWith(npx, 'explain', 'probe.host', '-f', 'not-run.yaml');
  expect(explained.stdout).toContain('use npx flow run, or --trust');
  project.write({ 'cache/VERSION': '1\n', 'cache/cas/.keep': '', 'cache/actions/.keep': '' });
  expect(await hintOf('status')).toContain('hint: use npx flow run to upgrade it');
});

test('a misspelled pipeline is found beside where it was looked for', async () => {
  project.write({ 'mine.yaml': 'version: 1\nstages: {}\n', 'other/far.yaml': 'version: 1\n' });
  const hintFor = async (file: string) => (await project.flow('plan', file)).stderr;
  expect(await hintFor('mine')).toContain("hint: did you mean 'mine.yaml'?\n");
  expect(await hintFor('mine.yml')).toContain("hint: did you mean 'mine.yaml'?\n");
  expect(await hintFor('other/fra.yaml')).toContain("hint: did you mean 'other/far.yaml'?\n");
  expect(await hintFor('toy.yaml')).toContain("hint: did you mean 'pipelines/toy.yaml'?\n");
});

test('a project without pipelines is told how to begin', async () => {
  const empty = new ToyProject({});
  try {
    const run = await empty.flowWith(npx, 'run', 'p.yaml');
    expect(run.stderr).toContain('hint: use npx flow init to write a small project\n');
    const check = await empty.flowWith(npx, 'check');
    expect(check.stderr).toContain('hint: npx flow check PIPELINE\n');
  } finally {
    empty.remove();
  }
});

test('a cache outside of an untrusted project is told with the command that trusts it', async () => {
  project.write({ 'flow.yaml': 'cache: ../elsewhere\n' });
  const { stderr } = await project.flowWith(npx, 'plan', 'pipelines/toy.yaml');
  expect(stderr).toContain(
    'hint: if you trust the project: npx flow plan pipelines/toy.yaml --trust; otherwise choose a cache with --cache\n',
  );
});
