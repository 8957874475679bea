import { chmodSync, existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ToyProject } from './toy-project.ts';

// Looking at artifacts: what they are, where they came from, and what all runs measured.

let project: ToyProject;

beforeAll(async () => {
  project = new ToyProject({
    'data/rows.csv': 'x,y\n1,2\n3,4\n',
    'pipelines/sweep.yaml': `version: 1
name: sweep
params:
  nums: [10, 20]
  seeds: [0, 1]
  lr: 0.5
stages:
  prepare:
    sh: 'cp \${inputs.raw} \${outputs.rows}'
    inputs: { raw: ./data/rows.csv }
    outputs: { rows: rows.csv }
  train:
    matrix: { num: "\${nums}", seed: "\${seeds}" }
    params: [lr]
    sh: |
      mkdir -p out/model
      echo '{"score": 0.\${num}\${seed}, "dev": {"loss": 2}}' > \${outputs.metrics}
      cat \${inputs.rows} > out/model/rows.csv
      echo text > out/model/notes.txt
    inputs: { rows: prepare.rows }
    outputs: { model: model/, metrics: { path: metrics.json, kind: metrics } }
  report:
    sh: 'cat \${inputs.all} > \${outputs.all}'
    inputs: { all: { from: train.metrics, collect: [num, seed] } }
    outputs: { all: all.jsonl }
exports:
  results/all.jsonl: report.all
`,
  });
  expect((await project.flow('run', 'pipelines/sweep.yaml')).code).toBe(0);
  expect((await project.flow('run', 'pipelines/sweep.yaml', '-p', 'lr=0.25')).code).toBe(0);
});

afterAll(() => project.remove());

describe('show', () => {
  test('of an output tells what it is, where it came from and who reads it', async () => {
    const { stdout } = await project.flow('show', 'train.metrics@num=10,seed=0');
    expect(stdout).toMatch(/^train\.metrics@num=10,seed=0\nkind +JSON \(metrics\), 37 B\n/);
    expect(stdout).toMatch(/made +\d+ s ago in \d.* by run 2\d+-/);
    expect(stdout).toMatch(/read by +report\n/);
    expect(stdout).toMatch(/from +prepare\.rows\n +data\/rows\.csv\n/);
    expect(stdout).toMatch(/NAME +VALUE\nscore +0\.1\ndev\.loss +2\n$/);
  });

  test('of a folder lists the files with what they are; a PATH shows one of them', async () => {
    const folder = await project.flow('show', 'train.model@num=10,seed=0');
    expect(folder.stdout).toMatch(/rows\.csv +12 B +2 rows, 2 columns\n/);
    const file = await project.flow('show', 'train.model@num=10,seed=0', 'rows.csv');
    expect(file.stdout).toMatch(/^rows\.csv +CSV, 12 B .*\n2 rows, 2 columns\nx +y\n1 +2\n3 +4\n$/);
    const wrong = await project.flow('show', 'train.model@num=10,seed=0', 'row.csv');
    expect(wrong).toMatchObject({ code: 2 });
    expect(wrong.stderr).toContain("hint: did you mean 'rows.csv'?");
  });

  test('of an exported output names the file in the work tree', async () => {
    const { stdout } = await project.flow('show', 'report.all');
    expect(stdout).toMatch(/exported +results\/all\.jsonl\n/);
    const told = await project.json('show', 'report.all');
    expect(told).toMatchObject({
      id: 'report',
      reference: 'report.all',
      exported: ['results/all.jsonl'],
      readers: [],
      preview: { format: 'JSON lines', table: { columns: ['score', 'dev.loss'] } },
    });
  });
});

describe('table', () => {
  test('has a row a result over all runs, with the params that differ between them', async () => {
    const { stdout } = await project.flow('table', 'train.metrics', '--csv');
    const [head, ...rows] = stdout.trim().split('\n');
    expect(head).toBe('num,seed,lr,score,dev.loss,run,key');
    expect(rows).toHaveLength(8);
    expect(rows.map((row) => row.split(',').slice(0, 5).join(',')).toSorted()).toContain(
      '20,1,0.25,0.201,2',
    );
  });

  test('--where keeps some rows, and a reference does too', async () => {
    const some = await project.json('table', 'train.metrics', '-w', 'num=20', '-w', 'seed=0,1');
    expect(some['rows']).toHaveLength(4);
    const both = await project.json('table', 'train.metrics', '-w', 'num=10', '-w', 'num=20');
    expect(both['rows']).toHaveLength(8);
    const one = await project.json('table', 'train.metrics@num=20,seed=1');
    expect(one['rows']).toMatchObject([
      { num: 20, seed: 1 },
      { num: 20, seed: 1 },
    ]);
  });

  test('what cannot be a table is said, with what to write', async () => {
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['trian.metrics'], "did you mean 'train'?"],
      [['train.metrcs'], "did you mean 'metrics'?"],
      [['train'], 'train.model\n        train.metrics'],
      [['train.metrics', '-w', 'nmu=1'], "did you mean 'num'?"],
      [['train.metrics', '-w', 'num'], '--where num=500'],
      [['train.metrics', '-w', 'num=21'], 'num is one of 10, 20'],
      [['train.metrics', '-w', 'seed=0', '-w', 'num=21,22', '--csv'], 'num is one of 10, 20'],
      [['train.metrics@seed=7'], "there is no result of stage 'train' with seed=7"],
      [['train.model'], 'is a folder'],
      [['train.metrics', '--csv', '--json'], 'cannot be used together'],
    ];
    for (const [args, hint] of cases) {
      const { code, stderr, stdout } = await project.flow('table', ...args);
      expect({ args, code }).toEqual({ args, code: 2 });
      expect(stderr + stdout).toContain(hint);
    }
  });
});

describe('ls', () => {
  test('says which values an axis has, of a name that no instance has', async () => {
    const { code, stderr } = await project.flow('ls', 'train.metrics@seed=1,num=21');
    expect(code).toBe(2);
    expect(stderr).toContain('hint: num is one of 10, 20\n');
  });

  test('tells how old each artifact is', async () => {
    const { stdout } = await project.flow('ls', 'prepare');
    expect(stdout).toMatch(
      /^ARTIFACT +SIZE +AGE +DIGEST\nprepare\.rows +12 B +\d+ s +[0-9a-f]{12}\n$/,
    );
  });

  test('of instances without a result says so instead of an empty list', async () => {
    const listed = await project.flow('ls', 'train', '-f', 'pipelines/sweep.yaml', '-p', 'nums=5');
    expect(listed).toMatchObject({ code: 0, stdout: '', stderr: '2 instances without a result\n' });
  });
});

describe('open', () => {
  test('gives a copy to the program of the desktop, or to another', async () => {
    project.write({ 'bin/xdg-open': '#!/bin/sh\necho "$1" > opened\n' });
    chmodSync(project.path('bin/xdg-open'), 0o755);
    const env = { PATH: `${project.path('bin')}:${process.env['PATH'] ?? ''}` };
    const opened = await project.flowWith({ env }, 'open', 'report.all');
    if (process.platform === 'linux') {
      expect(opened).toMatchObject({ code: 0, stderr: '' });
      const copy = readFileSync(project.path('opened'), 'utf8').trim();
      expect(copy).toMatch(/all\.jsonl$/);
      expect(readFileSync(copy, 'utf8')).toBe(
        readFileSync(project.path('results/all.jsonl'), 'utf8'),
      );
    }
    const read = await project.flow(
      'open',
      'train.model@num=10,seed=0',
      'notes.txt',
      '--with',
      'cat',
    );
    expect(read).toMatchObject({ code: 0, stdout: 'text\n' });
  });

  test('where there is no such program it says where the copy lies', async () => {
    const { code, stderr } = await project.flow('open', 'report.all', '--with', 'no-such-program');
    expect(code).toBe(3);
    expect(stderr).toContain('no-such-program: not found');
    const copy = /open the copy (\S+) yourself/.exec(stderr)?.[1] ?? '';
    expect(existsSync(copy)).toBe(true);
  });
});
