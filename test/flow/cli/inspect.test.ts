import { existsSync, readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ToyProject, toyFiles, toyPipeline } from './toy-project.ts';

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

describe('explain', () => {
  test('of a hit finds no change', async () => {
    const told = await project.json('explain', 'sort', '-f', 'pipelines/toy.yaml');
    expect(told).toMatchObject({ id: 'sort', state: 'hit', changes: [] });
    expect(told['key']).toMatch(/^sha256:/);
    expect(told['made']).toEqual({
      run: runId,
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      host: hostname(),
    });
    const { stdout } = await project.flow('explain', 'sort', '-f', 'pipelines/toy.yaml');
    expect(stdout).toContain(`made by run ${runId} at `);
  });

  test('of a result that lost its files says so, and looking does not drop it', async () => {
    const other = new ToyProject(toyFiles);
    await other.flow('run', 'pipelines/toy.yaml', '-q');
    rmSync(other.path('cache/cas'), { recursive: true });
    for (const _ of [1, 2]) {
      const told = await other.json('explain', 'sort', '-f', 'pipelines/toy.yaml');
      expect(told).toMatchObject({ state: 'miss', lost: true, changes: [] });
      const { stdout } = await other.flow('plan', 'pipelines/toy.yaml');
      expect(stdout).toContain('the cache has lost files of its result');
    }
    expect((await other.flow('run', 'pipelines/toy.yaml')).code).toBe(0);
    other.remove();
  });

  test('names the param that differs from the nearest result', async () => {
    const args = ['explain', 'shout@n=1', '-f', 'pipelines/toy.yaml', '-p', 'end=?'];
    const told = await project.json(...args);
    expect(Object.keys(told)).toEqual(['id', 'key', 'state', 'nearest', 'changes']);
    expect(told).toMatchObject({ state: 'miss', nearest: { run: runId, instance: 'shout@n=1' } });
    expect(told['changes']).toContainEqual(expect.objectContaining({ kind: 'command' }));
    expect((await project.flow(...args)).stdout).toMatch(/it has to run\nkey .*\ncompared with/);
  });

  test('shows the lines of code and of inputs that changed', async () => {
    const other = new ToyProject(toyFiles);
    await other.flow('run', 'pipelines/toy.yaml', '-q');
    other.write({
      'data/words.txt': 'pear\nquince\nfig\n',
      'stages/shout.sh': (toyFiles['stages/shout.sh'] ?? '').replace('set -e', 'set -eu'),
    });
    const input = await other.flow('explain', 'sort', '-f', 'pipelines/toy.yaml');
    expect(input.stdout).toMatch(
      /\ninput {2}words {2}[0-9a-f]{12} {2}[0-9a-f]{12} {2}data\/words\.txt\n/,
    );
    expect(input.stdout).toMatch(/\nwords:\n {2}2 - apple\n {2}2 \+ quince\n$/);
    await other.flow('run', 'pipelines/toy.yaml', 'sort', '-q');
    const code = await other.flow('explain', 'shout@n=1', '-f', 'pipelines/toy.yaml');
    expect(code.stdout).toMatch(/\ncode {3}stages\/shout\.sh {2}/);
    expect(code.stdout).toContain('stages/shout.sh:\n  1 - set -e\n  1 + set -eu\n');
    other.remove();
  });

  test('under --run tells an instance as it was then, whatever its code is by now', async () => {
    const other = new ToyProject(toyFiles);
    const runs: string[] = [];
    for (const text of ['pear\n', 'pear\nfig\n']) {
      other.write({ 'data/words.txt': text });
      runs.push(String((await other.json('run', 'pipelines/toy.yaml'))['run_id']));
    }
    const [first = '', second = ''] = runs;
    other.write({
      'data/words.txt': 'quince\n',
      'pipelines/toy.yaml': toyPipeline.replace('sh: "echo sorting', 'sh: "echo sorts'),
    });
    const then = await other.flow('explain', 'sort', '--run', second);
    expect(then.stdout).toContain(`compared with the result of run ${first}:`);
    expect(then.stdout).toMatch(/\nwords:\n {2}2 \+ fig\n$/);
    expect(then.stdout).not.toMatch(/sorts|quince/);
    expect(await other.json('explain', 'sort', '--run', first)).toMatchObject({
      state: 'ran',
      nearest: null,
      changes: [],
    });

    other.write({ 'data/words.txt': 'pear\n', 'pipelines/toy.yaml': toyPipeline });
    const third = String((await other.json('run', 'pipelines/toy.yaml'))['run_id']);
    const hit = await other.json('explain', 'sort', '--run', third);
    expect(hit).toMatchObject({ state: 'hit', made: { run: first, host: hostname() } });

    rmSync(other.path('cache/actions'), { recursive: true });
    const { code, stderr } = await other.flow('explain', 'sort', '--run', second);
    expect(code).toBe(1);
    expect(stderr).toContain(`as it was in run ${second}: the cache no longer holds its result`);
    expect(stderr).toContain('flow explain sort -f pipelines/toy.yaml');
    other.remove();
  });

  test('says for what an instance waits', async () => {
    const args = ['explain', 'join', '-f', 'pipelines/toy.yaml', '-p', 'times+=7'];
    expect(await project.json(...args)).toMatchObject({
      state: 'awaiting',
      awaiting: ['shout@n=7'],
    });
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

  test('under -f lists what is there as the pipeline stands', async () => {
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
      last: 'result    none yet',
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
    expect(stderr).toBe(`error: 'shout.loud' fits 2 instances: say which [ambiguous]
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
    expect(stderr).toContain('hint: flow run pipelines/toy.yaml shout@n=5');
  });
});

test('checkout copies a file or a folder, and keeps what is there unless --force', async () => {
  const file = await project.flow('checkout', 'shout.loud@n=1', 'copy.txt');
  expect(file).toMatchObject({ code: 0, stdout: 'copy.txt\n' });
  expect(readFileSync(project.path('copy.txt'), 'utf8')).toContain('apple x1!');
  const again = await project.flow('checkout', 'sort', 'copy.txt');
  expect(again.code).toBe(1);
  expect(again.stderr).toContain('--force');
  expect((await project.flow('checkout', 'sort', 'copy.txt', '--force')).code).toBe(0);
  expect(readFileSync(project.path('copy.txt'), 'utf8')).toBe('apple\nfig\npear\n');
  const inside = await project.flow('checkout', 'sort', 'new/folder/');
  expect(inside.stdout).toBe('new/folder/sorted.txt\n');
  expect((await project.flow('checkout', 'join')).stdout).toBe('all\n');
  expect(existsSync(project.path('all/words.txt'))).toBe(true);
});

test('log prints what a stage wrote, of a hit what the run wrote that computed it', async () => {
  expect((await project.flow('log', 'shout@n=1')).stdout).toBe('shouting 1 times\n');
  const hit = await project.flow('log', 'sort', '-f', 'pipelines/toy.yaml');
  expect(hit.stdout).toBe('sorting\n');
  const { stdout } = await project.flow('log', 'sort', '--path');
  expect(stdout).toBe(`cache/runs/${runId}/logs/sort.1.log\n`);
});

test('graph draws stages or instances as text, mermaid and dot', async () => {
  const text = await project.flow('graph', 'pipelines/toy.yaml');
  expect(text.stdout).toBe('sort\nshout (×2)  <- sort\njoin  <- shout\n');
  const all = await project.flow('graph', 'pipelines/toy.yaml', '--instances');
  expect(all.stdout).toContain('join  <- shout@n=1, shout@n=2\n');
  const mermaid = await project.flow('graph', 'pipelines/toy.yaml', '--format', 'mermaid');
  expect(mermaid.stdout).toBe(
    'flowchart TD\n  n0["sort"]\n  n1["shout (×2)"]\n  n2["join"]\n  n0 --> n1\n  n1 --> n2\n',
  );
  const dot = await project.flow('graph', 'pipelines/toy.yaml', '--format', 'dot');
  expect(dot.stdout).toMatch(
    /^digraph "toy" \{\n.*n1 \[label="shout \(×2\)"\];.*n0 -> n1;.*\}\n$/s,
  );
});

test('params lists values, types and descriptions, under overrides', async () => {
  const { stdout } = await project.flow('params', 'pipelines/toy.yaml', '--profile', 'calm');
  expect(stdout).toBe(`PARAM  VALUE  TYPE       DESCRIPTION
times  1      integer[]  how loud
end    !      string

profiles: calm
`);
  const told = await project.json('params', 'pipelines/toy.yaml', '-p', 'times+=9');
  expect(told['params']).toContainEqual({
    name: 'times',
    type: 'integer[]',
    value: [1, 2, 9],
    default: [1, 2],
    min: 1,
    description: 'how loud',
    origin: '-p',
  });
});

describe('check', () => {
  test('looks through all pipelines', async () => {
    const { code, stdout } = await project.flow('check');
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'pipelines/toy.yaml: ok, 4 instances\n' });
  });

  test('finds every mistake at once, exit 1, with their places', async () => {
    const other = new ToyProject({
      ...toyFiles,
      'pipelines/toy.yaml': toyPipeline
        .replace('sort.sorted', 'sortt.sorted')
        .replace('collect: [n]', 'collect: [m]'),
    });
    const { code, stderr } = await other.flow('check');
    expect(code).toBe(1);
    expect(stderr).toContain("did you mean 'sort'?");
    expect(stderr.match(/error: /g)?.length).toBeGreaterThanOrEqual(2);
    const told = await other.json('check');
    const found = told['diagnostics'] as { file: string; line: number }[];
    expect(told['ok']).toBe(false);
    expect(found[0]).toMatchObject({ file: 'pipelines/toy.yaml', line: 18 });
    other.remove();
  });

  test('finds sources that are not there', async () => {
    const other = new ToyProject({ 'pipelines/toy.yaml': toyPipeline });
    expect((await other.flow('check')).stderr).toContain('data/words.txt');
    other.remove();
  });
});
