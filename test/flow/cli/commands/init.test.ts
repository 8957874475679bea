import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ToyProject } from '../toy-project.ts';

const root = fileURLToPath(new URL('../../../..', import.meta.url));
const hasPython = spawnSync('python3', ['--version']).status === 0;

let project: ToyProject;
beforeEach(() => {
  project = new ToyProject({});
});
afterEach(() => project.remove());

test.skipIf(!hasPython)(
  'the project that flow init writes runs, and runs nothing twice',
  async () => {
    const made = await project.flow('init', 'demo');
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(made.stdout).toContain('next: cd demo && flow run pipelines/example.yaml\n');
    const inside = (...args: string[]) => project.flowWith({ cwd: 'demo' }, ...args);
    expect((await inside('check')).stdout).toBe('pipelines/example.yaml: ok, 15 instances\n');
    expect((await inside('run', 'pipelines/example.yaml')).stdout).toContain('15 ran, 0 hits');
    expect((await inside('run', 'pipelines/example.yaml')).stdout).toContain('0 ran, 15 hits');
    expect(readFileSync(project.path('demo/results/scores.csv'), 'utf8')).toMatch(
      /^degree,seed,rmse,rows\n1,0,/,
    );
    expect(readFileSync(project.path('demo/.gitignore'), 'utf8')).toContain('/cache/');
  },
);

test('flow init overwrites nothing, and leaves a .gitignore alone', async () => {
  project.write({ 'demo/flow.yaml': '# mine\n' });
  const refused = await project.flow('init', 'demo');
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('these files already exist: demo/flow.yaml');
  expect(existsSync(project.path('demo/pipelines'))).toBe(false);
  rmSync(project.path('demo/flow.yaml'));
  project.write({ 'demo/.gitignore': 'mine\n' });
  const made = await project.flow('init', 'demo');
  expect(made.stdout).toContain(
    'add to .gitignore: /cache/ /results/ /report-*.html /ro-crate-*/ ',
  );
  expect(readFileSync(project.path('demo/.gitignore'), 'utf8')).toBe('mine\n');
});

test('flow init refuses a file in the place of its folder, and quotes a name with spaces', async () => {
  project.write({ 'notes.txt': 'mine\n' });
  for (const place of ['notes.txt', 'notes.txt/deep/er']) {
    const { code, stderr } = await project.flow('init', place);
    expect({ place, code }).toEqual({ place, code: 2 });
    expect(stderr).toContain('notes.txt is a file');
  }
  const { stdout } = await project.flow('init', 'my first');
  expect(stdout).toContain("next: cd 'my first' && ");
});

test('where the package is installed in the project, editors are told of its schema', async () => {
  mkdirSync(project.path('node_modules'));
  symlinkSync(root, project.path('node_modules/fastmtl-flow'));
  const bin = project.path('node_modules/fastmtl-flow/dist/flow.js');
  const words = ['--preserve-symlinks', '--preserve-symlinks-main', bin, 'init', 'demo'];
  expect(spawnSync(process.execPath, words, { cwd: project.dir }).status).toBe(0);
  const text = readFileSync(project.path('demo/pipelines/example.yaml'), 'utf8');
  const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
  expect(schema).toBe('../../node_modules/fastmtl-flow/schema/pipeline.schema.json');
  expect(existsSync(path.join(project.path('demo/pipelines'), schema))).toBe(true);
});
