import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ToyProject } from '../toy-project.ts';

// What flow says of a matrix: one line for instances that are alike, not one for each.

let project: ToyProject;
let first: string;
let second: string;

const pipeline = `version: 1
name: p
params: { k: 1, seeds: [0, 1, 2, 3, 4] }
stages:
  prep: { sh: "echo $((\${k} % 7)) > \${outputs.o}", outputs: { o: o.txt } }
  train:
    matrix: { seed: "\${seeds}", kind: [a, b] }
    params: [k]
    cmd: [sh, -c, 'echo "{\\"acc\\": $((\${seed} + \${k} * \${seed})), \\"loss\\": 2}" > out/m.json']
    inputs: { p: prep.o }
    outputs: { m: { path: m.json, kind: metrics } }
  eval:
    sh: "cat \${inputs.all} > \${outputs.o}"
    inputs: { all: { from: train.m, collect: [seed, kind] } }
    outputs: { o: o.txt }
`;
const file = 'p.yaml';

beforeAll(async () => {
  project = new ToyProject({ 'flow.yaml': '', [file]: pipeline });
  first = String((await project.json('run', file))['run_id']);
  second = String((await project.json('run', file, '-p', 'k=2'))['run_id']);
});

afterAll(() => project.remove());

const lines = async (...words: readonly string[]): Promise<readonly string[]> => {
  const { stdout } = await project.flow(...words);
  return stdout.trimEnd().split('\n');
};

describe('flow diff', () => {
  test('has one row per change and stage, and the mean of the metrics', async () => {
    expect(await lines('diff', first, second)).toEqual([
      `${first} -> ${second}`,
      '0 instances unchanged, 11 changed, 1 because of their inputs',
      '',
      'PARAM  WAS  IS',
      'k      1    2',
      '',
      'INSTANCE     WHAT     NAME    WAS                             IS',
      'prep         command  script  echo $((1 % 7)) > ${outputs.o}  echo $((2 % 7)) > ${outputs.o}',
      'train (×10)  command  argv    5 values                        5 values',
      'train (×10)  param    k       1                               2',
      '',
      'INSTANCE    METRIC     WAS        IS                 DELTA',
      'train (×8)  acc     mean 5  mean 7.5  mean +2.5 (+1 to +4)',
    ]);
  });

  test('has every instance with --verbose', async () => {
    const shown = await lines('diff', first, second, '--verbose');
    expect(shown.filter((line) => line.startsWith('train@'))).toHaveLength(20 + 8);
    expect(shown).toContainEqual(expect.stringMatching(/^train@seed=1,kind=b +acc +2 +3 +\+1$/));
  });

  test('counts instances that only one run has, or that have no result', async () => {
    const more = String((await project.json('run', file, '-p', 'seeds=0,1,2'))['run_id']);
    expect(await lines('diff', first, more)).toContain('  train (×4)');
  });
});

describe('flow explain', () => {
  test('has one row for inputs of one stage, and one cause for instances that changed alike', async () => {
    expect(await lines('explain', 'eval', '--run', second)).toEqual([
      'eval: there was no result',
      expect.stringMatching(/^key sha256:/),
      `compared with the result of run ${first}:`,
      '',
      'WHAT   NAME      WAS       IS        FROM',
      'input  all (×8)  8 values  8 values  train.m (×8)',
      '',
      'all@seed=1,kind=a, one of 8:',
      '  1 - {"acc": 2, "loss": 2}',
      '  1 + {"acc": 3, "loss": 2}',
      '',
      'train (×8): changed',
      'WHAT     NAME  WAS       IS',
      'command  argv  4 values  4 values',
      'param    k     1         2',
      '',
      'prep: changed (through train@seed=1,kind=a)',
      'WHAT     NAME    WAS                             IS',
      'command  script  echo $((1 % 7)) > ${outputs.o}  echo $((2 % 7)) > ${outputs.o}',
      '',
      'script:',
      '  1 - echo $((1 % 7)) > ${outputs.o}',
      '  1 + echo $((2 % 7)) > ${outputs.o}',
    ]);
  });

  test('has every input and cause with --verbose', async () => {
    const shown = await lines('explain', 'eval', '--run', second, '--verbose');
    expect(shown.filter((line) => line.startsWith('input  all@'))).toHaveLength(8);
    expect(shown.filter((line) => /^train@.*: changed/.test(line))).toHaveLength(8);
  });

  test('counts the instances of a stage that an instance awaits', async () => {
    const shown = await lines('explain', 'eval', '-f', file, '-p', 'k=3');
    expect(shown[1]).toBe('awaits train (×10)');
    const few = await lines('explain', 'eval', '-f', file, '-p', 'seeds=0,1,9');
    expect(few[1]).toBe('awaits train@seed=9,kind=a, train@seed=9,kind=b');
  });
});

describe('flow explain of an instance that ran for the first time', () => {
  const instance = 'train@seed=7,kind=a';
  let run: string;

  beforeAll(async () => {
    run = String((await project.json('run', file, '-p', 'seeds+=7'))['run_id']);
  });

  test('says that, and compares it with no other instance', async () => {
    expect(await lines('explain', instance, '--run', run)).toEqual([
      `${instance}: it ran for the first time`,
      expect.stringMatching(/^key sha256:/),
      expect.stringMatching(
        /^its nearest result is that of train@seed=\d,kind=a in run .*: add --nearest to compare$/,
      ),
    ]);
    const told = await project.json('explain', instance, '--run', run);
    expect(told).toMatchObject({ state: 'ran', first: true, changes: [] });
    expect(told['nearest']).toMatchObject({ instance: expect.stringMatching(/kind=a$/) as string });
  });

  test('compares it with --nearest', async () => {
    const shown = await lines('explain', instance, '--run', run, '--nearest');
    expect(shown[0]).toBe(`${instance}: it ran for the first time`);
    expect(shown[2]).toMatch(/^compared with the result of train@seed=\d,kind=a of run .*:$/);
    expect(shown).toContainEqual(expect.stringMatching(/^param +seed +\d +7$/));
  });

  test('says it of one that will run for the first time, and of one whose latest run was its first', async () => {
    const next = await lines('explain', 'train@seed=8,kind=a', '-f', file, '-p', 'seeds=8');
    expect(next[0]).toBe('train@seed=8,kind=a: the instance must run for the first time');
    expect(next).not.toContain('WHAT');
    const hit = await lines('explain', instance, '-f', file, '-p', 'seeds=7');
    expect(hit[0]).toBe(`${instance}: its result is in the cache`);
    expect(hit[2]).toMatch(/^computed by run .* for the first time$/);
    expect(hit.join('\n')).not.toContain('compared with');
  });

  test('is not said of one that ran before', async () => {
    const again = await lines('explain', instance, '-f', file, '-p', 'seeds=7', '-p', 'k=5');
    expect(again.join('\n')).not.toContain('first time');
  });
});
