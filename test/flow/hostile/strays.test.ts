import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Project } from '../../rig/project.ts';

// What other programs leave in a cache: a file manager's `.DS_Store`, an NFS client's `.nfs…`, an editor's
// swap file, a folder that somebody made. It belongs to nobody here, and hinders nothing.

let project: Project;

beforeEach(async () => {
  project = new Project();
  project.pipeline(`
params: { n: 1 }
stages:
  a: { sh: 'echo \${n} > \${outputs.o}', outputs: { o: o.txt } }
  b: { sh: 'mkdir out/d; cp \${inputs.i} out/d/x', inputs: { i: a.o }, outputs: { d: d/ } }
`);
  expect((await project.runJson()).code).toBe(0);
});

afterEach(() => project.close());

const below = (folder: string): string[] =>
  readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(folder, entry.name));

/** The cache and every folder in it, down to shards and the folders of runs. */
function folders(): readonly string[] {
  const cache = project.at('cache');
  for (const name of ['locks', 'tmp', 'memo', 'checkpoints']) {
    mkdirSync(path.join(cache, name), { recursive: true });
  }
  return [cache, ...below(cache), ...below(cache).flatMap(below)];
}

const commands = [
  ['run', 'pipelines/p.yaml', '-p', 'n=2'],
  ['plan', 'pipelines/p.yaml'],
  ['ls'],
  ['status'],
  ['cat', 'a'],
  ['log', 'a'],
  ['explain', 'b'],
  ['show', 'b.d'],
  ['gc', '--dry-run', '--keep-runs', '1', '--grace', '0s'],
  ['gc', '--keep-runs', '1', '--grace', '0s'],
  ['run', 'pipelines/p.yaml', '-p', 'n=3'],
];

async function allGoOn(): Promise<void> {
  for (const args of commands) {
    const ended = await project.flow(args);
    expect([args, ended.code, ended.stderr]).toEqual([
      args,
      0,
      expect.not.stringMatching(/^flow:|E[A-Z]+:|warning/m),
    ]);
  }
}

describe('strays in the folders of a cache', () => {
  test('that are files hinder nothing, and verify names those that lie among blobs and results', async () => {
    for (const folder of folders()) writeFileSync(path.join(folder, '.DS_Store'), 'x');
    await allGoOn();
    const verified = await project.flow(['verify']);
    expect(verified.code).toBe(1);
    expect(verified.stdout).toMatch(/^stray +cache\/cas\/[0-9a-f]{2}\/\.DS_Store/m);
    expect(verified.stdout).toMatch(/^stray +cache\/actions\/[0-9a-f]{2}\/\.DS_Store/m);
    expect(verified.stdout).not.toMatch(/damaged/);
    expect(project.has('cache/tmp/.DS_Store')).toBe(true);
  });

  test('that are folders, whatever their names, hinder nothing', async () => {
    const name = 'ab'.repeat(32);
    for (const folder of folders()) {
      for (const stray of ['new folder', name, `${name}.json`, `m-${name}.json`]) {
        mkdirSync(path.join(folder, stray, 'in it'), { recursive: true });
      }
    }
    mkdirSync(project.at('cache/runs/20200101-000000-000000'));
    writeFileSync(project.at('cache/runs/20200101-000000-000001'), '');
    await allGoOn();
    expect((await project.flow(['verify'])).stdout).not.toMatch(/damaged/);
  });
});
