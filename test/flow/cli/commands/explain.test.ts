import { rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ToyProject, toyFiles, toyPipeline } from '../toy-project.ts';

let project: ToyProject;
let runId: string;

beforeAll(async () => {
  project = new ToyProject(toyFiles);
  runId = String((await project.json('run', 'pipelines/toy.yaml'))['run_id']);
});

afterAll(() => {
  project.remove();
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
    expect(stdout).toContain(`computed by run ${runId} at `);
  });

  test('of a result that lost its files says so, and looking does not drop it', async () => {
    const other = new ToyProject(toyFiles);
    await other.flow('run', 'pipelines/toy.yaml', '-q');
    rmSync(other.path('cache/cas'), { recursive: true });
    for (const _ of [1, 2]) {
      const told = await other.json('explain', 'sort', '-f', 'pipelines/toy.yaml');
      expect(told).toMatchObject({ state: 'miss', lost: true, changes: [] });
      const { stdout } = await other.flow('plan', 'pipelines/toy.yaml');
      expect(stdout).toContain('files of its result are missing from the cache');
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
    expect((await project.flow(...args)).stdout).toMatch(
      /the instance must run\nkey .*\ncompared with/,
    );
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
    expect(stderr).toContain(`as it was in run ${second}: its result is no longer in the cache`);
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
