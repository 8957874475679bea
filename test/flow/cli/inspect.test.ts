import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ToyProject, toyFiles } from './toy-project.ts';

// What is told about a finished run. No test here changes what the others see.

let project: ToyProject;
let runId: string;

beforeAll(async () => {
  project = new ToyProject(toyFiles);
  runId = String((await project.json('run', 'pipelines/toy.yaml'))['run_id']);
});

afterAll(() => {
  project.remove();
});

describe('status', () => {
  test('names the run and what each instance came to', async () => {
    expect(await project.json('status')).toEqual({
      run_id: runId,
      pipeline: 'toy',
      state: 'ok',
      instances: ['sort', 'shout@n=1', 'shout@n=2', 'join'].map((id) => ({ id, state: 'ran' })),
    });
    const { stdout } = await project.flow('status', '--run', runId.slice(-6));
    expect(stdout).toMatch(
      /^toy: run .* succeeded\npipelines\/toy\.yaml, .*\n4 instances: 4 ran\n$/,
    );
  });

  test('of a run that does not exist is exit 2 with the nearest', async () => {
    const { code, stderr } = await project.flow('status', '--run', `${runId}x`);
    expect(code).toBe(2);
    expect(stderr).toContain(`hint: did you mean '${runId}'?`);
  });
});

describe('ls', () => {
  test('lists artifacts with size and digest', async () => {
    const { stdout } = await project.flow('ls');
    const rows = stdout.split('\n').map((line) => line.split(/\s+/)[0]);
    expect(rows).toEqual([
      'ARTIFACT',
      'sort.sorted',
      'shout.loud@n=1',
      'shout.count@n=1',
      'shout.loud@n=2',
      'shout.count@n=2',
      'join.all',
      '',
    ]);
  });

  test('of a part of a reference lists all that fits', async () => {
    const listed = await project.json('ls', 'shout.count');
    const rows = listed['artifacts'] as { reference: string; size: number; digest: string }[];
    expect(rows.map(({ reference }) => reference)).toEqual(['shout.count@n=1', 'shout.count@n=2']);
    expect(rows[0]).toMatchObject({ size: 2, kind: 'file' });
  });

  test('under -f lists what is there for the current pipeline file', async () => {
    const args = ['ls', '-f', 'pipelines/toy.yaml', '-p', 'times=2,3'];
    const listed = await project.json(...args);
    const rows = listed['artifacts'] as { reference: string }[];
    expect(rows.map(({ reference }) => reference)).toEqual([
      'sort.sorted',
      'shout.loud@n=2',
      'shout.count@n=2',
    ]);
  });
});

describe('show', () => {
  test('tells command, params, inputs, outputs, times and log', async () => {
    const { stdout } = await project.flow('show', 'shout@n=2');
    expect(stdout).toMatch(/^shout@n=2\nAdds exclamation marks\n/);
    expect(stdout).toContain('command   sh stages/shout.sh ${inputs.sorted} ${outputs.loud} 2 !');
    expect(stdout).toMatch(/\ninputs {4}sorted {2}[0-9a-f]{12} {2}sort\.sorted\n/);
    expect(stdout).toMatch(/\noutputs {3}loud {2}[0-9a-f]{12} {2}\d+ B {2}loud\.txt\n/);
    const log = /\nlog {7}(.*)\n/.exec(stdout)?.[1] ?? '';
    expect(readFileSync(project.path(log), 'utf8')).toBe('shouting 2 times\n');
  });

  test('as JSON holds the manifest that the key was made of', async () => {
    const shown = await project.json('show', 'sort');
    expect(shown).toMatchObject({
      id: 'sort',
      result: { manifest: { command: { kind: 'sh' } }, execution: { run: runId, attempts: 1 } },
    });
  });

  test('of an instance without a result tells what is declared', async () => {
    const pipeline = ['-f', 'pipelines/toy.yaml', '-p', 'times=9'];
    const { code, stdout } = await project.flow('show', 'shout@n=9', ...pipeline);
    expect({ code, last: stdout.split('\n').at(-2) }).toEqual({
      code: 0,
      last: 'result    none',
    });
  });
});

describe('cat', () => {
  test('prints a file as it is', async () => {
    const { stdout } = await project.flow('cat', 'shout.loud@n=2');
    expect(stdout).toBe('apple x2!\nfig x2!\npear x2!\n');
  });

  test('lists a folder, and prints a file in it', async () => {
    expect((await project.flow('cat', 'join')).stdout).toBe('words.txt\n');
    expect((await project.flow('cat', 'join', 'words.txt')).stdout).toContain('apple x1!\n');
    const wrong = await project.flow('cat', 'join', 'word.txt');
    expect(wrong).toMatchObject({ code: 2, stdout: '' });
    expect(wrong.stderr).toContain("did you mean 'words.txt'?");
  });

  test('lists the candidates of a reference that fits several', async () => {
    const { code, stderr } = await project.flow('cat', 'shout.loud');
    expect(code).toBe(2);
    expect(stderr).toBe(`error: 'shout.loud' matches 2 instances: choose one [ambiguous]
  hint: shout.loud@n=1
        shout.loud@n=2
`);
    const outputs = await project.flow('cat', 'shout@n=1');
    expect(outputs.stderr).toContain('hint: shout.loud@n=1\n        shout.count@n=1\n');
  });

  test('names the nearest stage, output or axis', async () => {
    for (const [wrong, near] of [
      ['shuot', 'shout'],
      ['shout.luod@n=1', 'loud'],
      ['shout@m=1', 'n'],
    ] as const) {
      const { code, stderr } = await project.flow('cat', wrong);
      expect(code).toBe(2);
      expect(stderr).toContain(`'${near}'`);
    }
  });

  test('of what has not run is exit 1 and says what to run', async () => {
    const args = ['cat', 'shout.loud@n=5', '-f', 'pipelines/toy.yaml', '-p', 'times=5'];
    const { code, stderr } = await project.flow(...args);
    expect(code).toBe(1);
    expect(stderr).toContain('hint: compute it with flow run pipelines/toy.yaml shout@n=5');
  });
});

test('checkout copies a file or a folder, and keeps what is there unless --force', async () => {
  const file = await project.flow('checkout', 'shout.loud@n=1', 'copy.txt');
  expect(file).toMatchObject({ code: 0, stdout: 'copy.txt\n' });
  expect(readFileSync(project.path('copy.txt'), 'utf8')).toContain('apple x1!');
  const again = await project.flow('checkout', 'sort', 'copy.txt');
  expect(again.code).toBe(2);
  expect(again.stderr).toContain('--force');
  expect((await project.flow('checkout', 'sort', 'copy.txt', '--force')).code).toBe(0);
  expect(readFileSync(project.path('copy.txt'), 'utf8')).toBe('apple\nfig\npear\n');
  const inside = await project.flow('checkout', 'sort', 'new/folder/');
  expect(inside.stdout).toBe('new/folder/sorted.txt\n');
  expect((await project.flow('checkout', 'join')).stdout).toBe('all\n');
  expect(existsSync(project.path('all/words.txt'))).toBe(true);
});

test('checkout never removes a folder for a file, nor one that holds the project', async () => {
  project.write({ 'paper/thesis.tex': 'years', 'paper/odd/sorted.txt/x': 'x' });
  const kept = (): string => readFileSync(project.path('paper/thesis.tex'), 'utf8');
  const into = await project.flow('checkout', 'sort', 'paper', '--force');
  expect(into).toMatchObject({ code: 0, stdout: 'paper/sorted.txt\n' });
  expect(kept()).toBe('years');
  const twice = await project.flow('checkout', 'sort', 'paper');
  expect(twice).toMatchObject({ code: 2, stderr: expect.stringContaining('sorted.txt exists') });

  const odd = await project.flow('checkout', 'sort', 'paper/odd/', '--force');
  expect(odd.code).toBe(2);
  expect(odd.stderr).toContain('sorted.txt is a folder, which a file cannot replace');
  expect(existsSync(project.path('paper/odd/sorted.txt/x'))).toBe(true);

  for (const [cwd, place] of [
    ['.', '.'],
    ['.', 'cache'],
    ['.', project.dir],
    ['data', '..'],
  ] as const) {
    const refused = await project.flowWith({ cwd }, 'checkout', 'join', place, '--force');
    expect({ place, code: refused.code }).toEqual({ place, code: 2 });
    expect(refused.stderr).toMatch(
      / contains the (working directory|project|cache) \[exists\]\n {2}hint: write /,
    );
  }
  const whole = await project.flow('checkout', 'join', 'paper', '--force');
  expect(whole).toMatchObject({ code: 0, stdout: 'paper\n' });
  expect(existsSync(project.path('paper/thesis.tex'))).toBe(false);

  const below = await project.flow('checkout', 'sort', 'copy.txt/deep');
  expect(below.code).toBe(2);
  expect(below.stderr).toContain('copy.txt is a file, so nothing can be below it');
});

test('log prints what a stage wrote, of a hit what the run wrote that computed it', async () => {
  expect((await project.flow('log', 'shout@n=1')).stdout).toBe('shouting 1 times\n');
  const hit = await project.flow('log', 'sort', '-f', 'pipelines/toy.yaml');
  expect(hit.stdout).toBe('sorting\n');
  const { stdout } = await project.flow('log', 'sort', '--path');
  expect(stdout).toBe(`cache/runs/${runId}/logs/sort.1.log\n`);
});
