import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ToyProject } from '../toy-project.ts';

// clean -> train (a matrix of seeds) -> report: what changed at one end is found from the other.

const pipeline = `version: 1
name: chain
params:
  td: { default: { rows: 2, epochs: 5 }, type: object }
  seeds: [0, 1]
stages:
  clean:
    cmd: [sh, tools/clean.sh, "\${inputs.data}", "\${outputs.rows}"]
    inputs: { data: ./data }
    outputs: { rows: rows.txt }
  train:
    matrix: { seed: "\${seeds}" }
    sh: |
      head -n \${td.rows} \${inputs.rows} > \${outputs.model}
      printf '{"acc": 0.%s%s, "by": {"n": [%s]}, "name": "x"}' $(wc -c < \${inputs.rows}) \${seed} \${td.rows} > \${outputs.metrics}
    params: [td]
    inputs: { rows: clean.rows }
    outputs: { model: model.txt, metrics: { path: metrics.json, kind: metrics } }
  report:
    sh: cat \${inputs.models} > \${outputs.all}
    inputs: { models: { from: train.model, collect: [seed] } }
    outputs: { all: all.txt }
`;

const files = {
  'pipelines/p.yaml': pipeline,
  'data/a.txt': 'one\ntwo\nthree\n',
  'data/b.txt': 'x\n',
  'tools/clean.sh': 'set -e\ncat "$1"/* > "$2"\n',
};

let project: ToyProject;
let first: string;

beforeEach(async () => {
  project = new ToyProject(files);
  first = await run();
});

afterEach(() => project.remove());

const run = async (...args: string[]): Promise<string> =>
  String((await project.json('run', 'pipelines/p.yaml', ...args))['run_id']);

const here = ['-f', 'pipelines/p.yaml'];

describe('explain', () => {
  test('follows an input to the file of a source that differs, by way of every stage between', async () => {
    project.write({ 'data/a.txt': 'one\nTWO\nthree\n', 'data/c.txt': 'c\n' });
    await run();
    const told = await project.json('explain', 'report');
    expect(told).toMatchObject({
      state: 'hit',
      nearest: { run: first, instance: 'report' },
      changes: [0, 1].map((seed) => ({
        kind: 'input',
        name: `models@seed=${seed}`,
        from: { old: `train.model@seed=${seed}`, new: `train.model@seed=${seed}` },
      })),
      causes: [
        {
          instance: 'clean',
          via: ['train@seed=0', 'clean'],
          what: 'changed',
          changes: [{ kind: 'input', name: 'data' }],
        },
      ],
    });
    const { stdout } = await project.flow('explain', 'report');
    expect(stdout).toContain('FROM\n');
    expect(stdout).toContain('clean: changed (through train@seed=0)');
    expect(stdout).toContain('\ndata:\n  ~ a.txt\n  + c.txt\n');
    expect(stdout).toContain('\ndata/a.txt:\n  2 - two\n  2 + TWO\n');
  });

  test('follows an input to the code that differs, with its lines', async () => {
    project.write({ 'tools/clean.sh': 'set -e\ntac "$1"/* > "$2"\n' });
    await run();
    const { stdout } = await project.flow('explain', 'report');
    expect(stdout).toContain('\ncode  tools/clean.sh  ');
    expect(stdout).toContain('  2 - cat "$1"/* > "$2"\n  2 + tac "$1"/* > "$2"\n');
  });

  test('stops at what differs itself: a param by its leaf, an axis that is new', async () => {
    await run('-p', 'td.rows=1', '-p', 'seeds+=2');
    const train = await project.json('explain', 'train@seed=1');
    expect(train).toMatchObject({
      changes: [{ kind: 'command' }, { kind: 'param', name: 'td.rows', old: 2, new: 1 }],
    });
    expect(train).not.toHaveProperty('causes');
    const report = await project.json('explain', 'report');
    expect(report['changes']).toMatchObject([
      { name: 'models@seed=0' },
      { name: 'models@seed=1' },
      { name: 'models@seed=2', old: null, from: { new: 'train.model@seed=2' } },
    ]);
    expect(report['causes']).toMatchObject(
      [0, 1].map((seed) => ({
        instance: `train@seed=${seed}`,
        changes: [{}, { name: 'td.rows' }],
      })),
    );
  });

  test('of one that awaits says why the others have to run', async () => {
    project.write({ 'data/b.txt': 'y\n' });
    const told = await project.json('explain', 'report', ...here, '-p', 'seeds+=2');
    expect(told).toMatchObject({
      state: 'awaiting',
      causes: [{ instance: 'clean', what: 'changed', changes: [{ kind: 'input', name: 'data' }] }],
    });
    const only = await project.json(
      'explain',
      'report',
      ...here,
      '-p',
      'seeds+=2',
      '-p',
      'td.rows=2',
    );
    expect(only['causes']).toMatchObject([{ instance: 'clean' }]);
    project.write({ 'data/b.txt': 'x\n' });
    const axis = await project.json('explain', 'report', ...here, '-p', 'seeds+=2');
    expect(axis['causes']).toMatchObject([{ instance: 'train@seed=2', what: 'new', changes: [] }]);
    const { stdout } = await project.flow('explain', 'report', ...here, '-p', 'seeds+=2');
    expect(stdout).toContain('train@seed=2: has never run');
  });

  test('says where the same key gave other bytes', async () => {
    project.write({
      'pipelines/p.yaml': pipeline.replace(
        'cmd: [sh, tools/clean.sh, "${inputs.data}", "${outputs.rows}"]',
        'sh: cat ${inputs.data}/* /proc/sys/kernel/random/uuid > ${outputs.rows}',
      ),
    });
    await run();
    const { key } = await project.json('explain', 'clean');
    const digits = String(key).replace('sha256:', '');
    rmSync(project.path(`cache/actions/${digits.slice(0, 2)}/${digits}.json`));
    await run();
    expect(await project.json('explain', 'train@seed=0')).toMatchObject({
      causes: [{ instance: 'clean', what: 'differing', changes: [] }],
    });
  });

  test('says where the cache no longer knows what was before', async () => {
    const { key } = await project.json('explain', 'clean');
    project.write({ 'data/b.txt': 'y\n' });
    await run();
    const digits = String(key).replace('sha256:', '');
    rmSync(project.path(`cache/actions/${digits.slice(0, 2)}/${digits}.json`));
    expect(await project.json('explain', 'train@seed=0')).toMatchObject({
      causes: [{ instance: 'clean', what: 'forgotten', changes: [] }],
    });
  });
});

describe('diff', () => {
  test('of two runs names params, what changed by itself, what follows, and numbers', async () => {
    const second = await run('-p', 'td.rows=1', '-p', 'seeds=1,2');
    const told = await project.json('diff', first, second);
    expect(told).toMatchObject({
      old: { run_id: first, state: 'ok' },
      new: { run_id: second },
      params: [
        { name: 'td.rows', old: 2, new: 1 },
        { name: 'seeds', old: [0, 1], new: [1, 2] },
      ],
      same: 1,
      changed: [
        { id: 'train@seed=1', changes: [{ kind: 'command' }, { name: 'td.rows', old: 2, new: 1 }] },
        { id: 'report' },
      ],
      only_old: ['train@seed=0'],
      only_new: ['train@seed=2'],
      metrics: [
        { id: 'train@seed=1', output: 'metrics', name: 'by.n.0', old: 2, new: 1, delta: -1 },
      ],
      same_metrics: 1,
    });
    const { code, stdout } = await project.flow('diff', first.slice(-6));
    expect(code).toBe(0);
    expect(stdout).toMatch(/INSTANCE +METRIC +WAS +IS +DELTA\ntrain@seed=1 +by\.n\.0 +2 +1 +-1\n/);
    expect(stdout).toContain('only in the second run:\n  train@seed=2\n');
  });

  test('tells what changed from what only follows', async () => {
    project.write({ 'data/b.txt': 'longer\n' });
    const second = await run();
    const told = await project.json('diff', first, second);
    expect(told['changed']).toMatchObject([
      { id: 'clean', changes: [{ kind: 'input', name: 'data' }] },
      { id: 'train@seed=0', changes: [] },
      { id: 'train@seed=1', changes: [] },
    ]);
    expect(told['metrics']).toHaveLength(2);
    expect((await project.flow('diff', first, second)).stdout).toContain(
      '1 instance unchanged, 1 changed, 2 because of their inputs',
    );
  });

  test('of no run is that of the latest one with the one of its pipeline before it', async () => {
    const alone = await project.flow('diff');
    expect(alone).toMatchObject({ code: 1 });
    expect(alone.stderr).toContain(`${first} is the first run of `);
    const second = await run('-p', 'td.rows=1');
    project.write({ 'pipelines/other.yaml': 'version: 1\nstages: {}\n' });
    const other = await project.json('run', 'pipelines/other.yaml');
    expect(await project.json('diff', other['run_id'] as string, second)).toBeDefined();
    expect((await project.flow('diff')).stderr).toContain(
      'is the first run of pipelines/other.yaml',
    );
    const third = await run('-p', 'td.rows=2');
    expect(await project.json('diff')).toMatchObject({
      old: { run_id: second },
      new: { run_id: third },
      params: [{ name: 'td.rows', old: 1, new: 2 }],
    });
  });

  test('of a run with itself is empty, of an unknown one exit 2', async () => {
    expect(await project.json('diff', first)).toMatchObject({
      params: [],
      same: 4,
      changed: [],
      metrics: [],
      same_metrics: 4,
    });
    expect((await project.flow('diff', 'nothing')).code).toBe(2);
  });

  test('of a run that failed names what has no result', async () => {
    project.write({
      'pipelines/p.yaml': pipeline.replace('cat ${inputs.models}', 'false ${inputs.models}'),
    });
    const second = await run();
    const told = await project.json('diff', first, second);
    expect(told).toMatchObject({ unfinished: [{ id: 'report', old: true, new: false }], same: 3 });
  });
});
