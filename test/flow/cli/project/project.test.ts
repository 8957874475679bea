import { existsSync, mkdirSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ToyProject, toyFiles } from '../toy-project.ts';

let project: ToyProject;

beforeEach(() => {
  project = new ToyProject(toyFiles);
});

afterEach(() => {
  project.remove();
});

test('the root is above the pipeline file, wherever one stands', async () => {
  mkdirSync(project.path('elsewhere/deep'), { recursive: true });
  const cwd = { cwd: 'elsewhere/deep' };
  const { code, stdout } = await project.flowWith(cwd, 'run', '../../pipelines/toy.yaml');
  expect(code).toBe(0);
  // Paths are told as one names them from here.
  expect(stdout.split('\n').at(-2)).toBe('  ../../results/all');
  expect(existsSync(project.path('cache/VERSION'))).toBe(true);
  expect((await project.flowWith(cwd, 'cat', 'sort')).stdout).toBe('apple\nfig\npear\n');
});

test('the cache is --cache, else FLOW_CACHE, else flow.yaml’s, else cache/', async () => {
  project.write({ 'flow.yaml': '# settings\ncache: .flow/cache\n' });
  await project.flow('run', 'pipelines/toy.yaml', 'sort');
  expect(existsSync(project.path('.flow/cache/VERSION'))).toBe(true);
  const env = { FLOW_CACHE: project.path('from-env') };
  await project.flowWith({ env }, 'run', 'pipelines/toy.yaml', 'sort');
  expect(existsSync(project.path('from-env/VERSION'))).toBe(true);
  await project.flowWith({ env }, 'run', 'pipelines/toy.yaml', 'sort', '--cache', 'given');
  expect(existsSync(project.path('given/VERSION'))).toBe(true);
  expect(existsSync(project.path('cache'))).toBe(false);
});

test.each([
  ['run', 'pipelines/toy.yaml'],
  ['plan', 'pipelines/toy.yaml'],
  ['ls'],
  ['gc'],
  ['verify'],
])('flow %s takes no folder with files of a person for a cache', async (...words) => {
  project.write({ VERSION: '2\n', 'thesis/tmp/old/chapter.txt': 'text' });
  const { code, stderr } = await project.flow(...words, '--cache', '.');
  expect(code).toBe(2);
  expect(stderr)
    .toBe(`error: flow does not use ${project.dir} as its cache, because other files are there: VERSION, data/, package.json and 4 more [not-a-cache]
  hint: choose an empty or a new folder with --cache, FLOW_CACHE or cache: in flow.yaml
`);
  expect(project.exists('cas')).toBe(false);
});

test('mistakes in flow.yaml are told with their places', async () => {
  project.write({ 'flow.yaml': 'cahce: x\npools: { gpu: many, memory: 8GB }\n' });
  const { code, stderr } = await project.flow('run', 'pipelines/toy.yaml');
  expect(code).toBe(2);
  expect(stderr).toBe(`flow.yaml:1:1: error: flow.yaml has no setting 'cahce' [unknown-key]
  1 | cahce: x
    | ^^^^^
  hint: did you mean 'cache'?

flow.yaml:2:10: error: this is not a size for pool 'gpu' [wrong-type]
  2 | pools: { gpu: many, memory: 8GB }
    |          ^^^
  hint: write a number: gpu: 2
`);
});

test('capacities in flow.yaml hold', async () => {
  const stage =
    'sh: "mkdir ../../../one && sleep 0.2 && rmdir ../../../one && echo > ${outputs.x}"';
  project.write({
    'flow.yaml': 'pools: { licence: 1 }\n',
    'pipelines/pool.yaml': `version: 1
name: pool
stages:
  use: { matrix: { i: [1, 2, 3] }, ${stage}, outputs: { x: x }, pool: { licence: 1 } }
`,
  });
  const { code, stderr } = await project.flow('run', 'pipelines/pool.yaml', '-j', '3');
  expect({ code, failed: stderr.includes('failed') }).toEqual({ code: 0, failed: false });
});

test('outside any project flow says how to make one', async () => {
  const outside = new ToyProject({});
  const { rmSync } = await import('node:fs');
  rmSync(outside.path('package.json'));
  const { code, stderr } = await outside.flow('status');
  expect(code).toBe(2);
  expect(stderr).toContain('flow.yaml');
  outside.write({ 'notes.txt': '' });
  const file = await outside.flow('status', '--root', 'notes.txt');
  expect(file.code).toBe(2);
  expect(file.stderr).toContain('--root: there is no folder ');
  const rooted = await outside.flow('status', '--root', '.');
  expect(rooted.code).toBe(1);
  expect(rooted.stderr).toContain('there are no runs');
  // Looking makes nothing.
  expect(existsSync(outside.path('cache'))).toBe(false);
  outside.remove();
});

test('flow check --format github marks the lines, json is one object', async () => {
  const broken = new ToyProject({ 'pipelines/bad.yaml': 'version: 1\nstages:\n  a: { shh: x }\n' });
  try {
    const marked = await broken.flow('check', '--format', 'github');
    expect(marked.code).toBe(2);
    expect(marked.stdout).toContain('::error file=pipelines/bad.yaml,line=3,col=8,endColumn=11,');
    expect(marked.stderr).toContain("unknown key 'shh'");
    const json = await broken.flow('check', '--format', 'json');
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, diagnostics: [{ line: 3 }] });
    expect((await broken.flow('check', '--format', 'gihtub')).stderr).toContain("mean 'github'");
  } finally {
    broken.remove();
  }
});
