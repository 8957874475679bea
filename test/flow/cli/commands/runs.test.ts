import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ToyProject } from '../toy-project.ts';

// Four runs of two pipelines: one that succeeded, one of other params, one that failed, one that was stopped.

let project: ToyProject;
const ids: string[] = [];

const pipeline = (name: string, stages: string): string =>
  `version: 1\nname: ${name}\nparams: { k: 1 }\nstages:\n${stages}`;

beforeAll(async () => {
  project = new ToyProject({
    'flow.yaml': '',
    'a.yaml': pipeline(
      'a',
      `  one: { sh: 'echo told \${k}; echo \${k} > \${outputs.o}', outputs: { o: o.txt } }
  two: { sh: 'test \${k} != 3; echo \${k} > \${outputs.o}', outputs: { o: o.txt } }
`,
    ),
    'b.yaml': pipeline('b', `  slow: { sh: 'sleep 30', outputs: { o: o.txt } }\n`),
  });
  for (const options of [[], ['-p', 'k=2'], ['-p', 'k=3', '--keep-going']]) {
    ids.push(String((await project.json('run', 'a.yaml', ...options))['run_id']));
  }
  const stopped = project.start('run', 'b.yaml');
  while (String((await project.json('status'))['pipeline']) !== 'b') await wait(50);
  stopped.kill('SIGINT');
  await once(stopped, 'close');
  ids.push(String((await project.json('status'))['run_id']));
});

afterAll(() => project.remove());

async function listed(...args: readonly string[]): Promise<unknown> {
  const { runs } = await project.json('runs', ...args);
  return (runs as { run_id: string }[]).map(({ run_id }) => ids.indexOf(run_id));
}

test('runs lists all runs, the newest first, with what they came to', async () => {
  expect(await listed()).toEqual([3, 2, 1, 0]);
  const { runs } = await project.json('runs');
  expect(runs).toEqual([
    expect.objectContaining({ pipeline: 'b', state: 'interrupted', overrides: [] }),
    {
      run_id: ids[2],
      pipeline: 'a',
      state: 'failed',
      started: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
      wall_s: expect.any(Number),
      overrides: ['-p', 'k=3'],
      ran: 1,
      hit: 0,
      failed: 1,
    },
    expect.objectContaining({ state: 'ok', overrides: ['-p', 'k=2'], ran: 2 }),
    expect.objectContaining({ state: 'ok', overrides: [], ran: 2 }),
  ]);
  const { stdout } = await project.flow('runs');
  expect(stdout).toMatch(/^RUN +PIPELINE +STATE +AGE +TOOK +RAN +HIT +FAILED +OVERRIDES\n/);
  expect(stdout).toMatch(/ a +failed +\d+ s +\S+ m?s +1 +0 +1 +-p k=3\n/);
});

test('runs are chosen by pipeline, state, age and number', async () => {
  expect(await listed('--pipeline', 'a')).toEqual([2, 1, 0]);
  expect(await listed('--pipeline', './b.yaml')).toEqual([3]);
  expect(await listed('--state', 'ok', '-n', '1')).toEqual([1]);
  expect(await listed('--since', '7d')).toEqual([3, 2, 1, 0]);
  expect(await listed('--since', '0s')).toEqual([]);
  for (const wrong of [
    ['--since', '7'],
    ['--state', 'fail'],
    ['-n', '0'],
  ]) {
    expect(await project.flow('runs', ...wrong)).toMatchObject({ code: 2, stdout: '' });
  }
});

test('a lookup goes back to the newest run that has the instance, and says which one', async () => {
  const of = (run: number): string => `is from run ${ids[run]} (a): the latest run ${ids[3]} (b)`;
  // The third run failed in `two`: its result is of the second.
  expect(await project.flow('cat', 'one')).toMatchObject({ code: 0, stdout: '3\n' });
  const two = await project.flow('cat', 'two.o');
  expect(two).toMatchObject({ code: 0, stdout: '2\n' });
  expect(two.stderr).toContain(`two ${of(1)}`);
  const log = await project.flow('log', 'one');
  expect(log.stdout).toBe('told 3\n');
  expect(log.stderr).toContain(`one ${of(2)}`);
  const shown = await project.flow('show', 'two');
  expect(shown.stderr).toContain(`two ${of(2)}`);
  expect(shown.stdout).toContain('result    none');
  for (const args of [
    ['explain', 'one'],
    ['checkout', 'one', 'copy'],
    ['open', 'one', '--with', 'cat'],
  ]) {
    const { code, stderr } = await project.flow(...args);
    expect({ args, code }).toEqual({ args, code: 0 });
    expect(stderr).toContain(`one ${of(2)}`);
  }
  const named = await project.flow('cat', 'one', '--run', ids[0] ?? '');
  expect(named).toMatchObject({ code: 0, stdout: '1\n', stderr: '' });
});

test('the hint on a missing result is a command that works as it stands', async () => {
  const run = await project.flow('cat', 'two', '--run', ids[2] ?? '');
  expect(run.code).toBe(1);
  expect(run.stderr).toContain('hint: compute it with flow run a.yaml two -p k=3\n');
  const env = { npm_command: 'exec' };
  const file = await project.flowWith({ env }, 'cat', 'two', '-f', 'a.yaml', '-p', 'k=7');
  expect(file.stderr).toContain('hint: compute it with npx flow run a.yaml two -p k=7\n');
  const none = await project.flow('log', 'two', '-f', 'a.yaml', '-p', 'k=7');
  expect(none.stderr).toContain('hint: use flow show two -f a.yaml -p k=7 to see');
});
