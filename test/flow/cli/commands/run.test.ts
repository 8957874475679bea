import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ToyProject, toyFiles, toyPipeline } from '../toy-project.ts';

let project: ToyProject;

beforeEach(() => {
  project = new ToyProject(toyFiles);
});

afterEach(() => {
  project.remove();
});

test('a run ends in its exported files on stdout; what happened goes to stderr', async () => {
  const first = await project.flow('run', 'pipelines/toy.yaml');
  expect(first).toMatchObject({ code: 0 });
  const [head = '', ...rest] = first.stdout.split('\n');
  expect(head).toMatch(/^✔ toy: 4 ran, 0 hits in \d+\.\d s \(run \d{8}-\d{6}-[0-9a-f]{6}\)$/);
  expect(rest).toEqual(['  results/all', '']);
  expect(first.stderr).toMatch(/^\[0\/4\] start {2}sort\n/);
  expect(first.stderr).toMatch(/^\[\d\/4\] ran {4}sort {2}\d/m);
  expect(first.stderr).not.toContain('\u001b');
  expect(readFileSync(project.path('results/all/words.txt'), 'utf8')).toContain('apple x2!');
});

test('a second run starts nothing, and says that the export is as it was', async () => {
  await project.flow('run', 'pipelines/toy.yaml');
  const again = await project.flow('run', 'pipelines/toy.yaml');
  expect(again.code).toBe(0);
  expect(again.stderr).toBe('');
  expect(again.stdout).toMatch(/^✔ toy: 0 ran, 4 hits in .*\n {2}results\/all \(unchanged\)\n$/);
});

test('--json prints one object on stdout, and its shape is fixed', async () => {
  const result = await project.json('run', 'pipelines/toy.yaml', '-p', 'times=3');
  expect(Object.keys(result).join(' ')).toBe(
    'run_id ok ran hit failed skipped cancelled wall_s instances',
  );
  expect(result).toMatchObject({ ok: true, ran: 3, hit: 0, failed: 0, skipped: 0, cancelled: 0 });
  const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string;
  expect((result['instances'] as unknown[])[1]).toEqual({
    id: 'shout@n=3',
    stage: 'shout',
    axes: { n: 3 },
    outcome: 'ran',
    key: digest,
    outputs: { loud: digest, count: digest },
    wall_s: expect.any(Number) as number,
  });
});

test('--no-exports leaves the work tree alone', async () => {
  expect((await project.flow('run', 'pipelines/toy.yaml', '--no-exports')).code).toBe(0);
  expect(project.exists('results')).toBe(false);
  expect((await project.flow('run', 'pipelines/toy.yaml')).stdout).toContain('results/all\n');
  expect(project.exists('results/all/words.txt')).toBe(true);
});

test('an edited export is kept and named, with exit code 1, until --force', async () => {
  await project.flow('run', 'pipelines/toy.yaml');
  project.write({ 'results/all/words.txt': 'mine', 'results/all/notes.txt': 'mine' });
  const kept = await project.flow('run', 'pipelines/toy.yaml', '-p', 'end=?');
  expect(kept.code).toBe(1);
  expect(kept.stderr).toContain(
    '✖ results/all: flow keeps 2 files in it that were edited or added: notes.txt, words.txt: move them, or replace the folder with --force\n',
  );
  const forced = await project.flow('run', 'pipelines/toy.yaml', '-p', 'end=?', '--force');
  expect(forced.code).toBe(0);
  expect(project.exists('results/all/notes.txt')).toBe(false);
});

test('targets run what they need and place no exports of others', async () => {
  const result = await project.json('run', 'pipelines/toy.yaml', 'shout@n=2');
  const ids = (result['instances'] as { id: string }[]).map(({ id }) => id);
  expect(ids).toEqual(['sort', 'shout@n=2']);
  expect(existsSync(project.path('results'))).toBe(false);
});

test('--quiet says nothing but the end, --verbose tells hits too', async () => {
  const quiet = await project.flow('run', 'pipelines/toy.yaml', '--quiet');
  expect(quiet.stderr).toBe('');
  expect(quiet.stdout).toContain('results/all');
  const verbose = await project.flow('run', 'pipelines/toy.yaml', '-v');
  expect(verbose.stderr).toContain('hit    shout@n=1');
});

test('--dry-run is plan: nothing is run, nothing is placed', async () => {
  const plan = await project.json('run', 'pipelines/toy.yaml', '--dry-run');
  expect(plan).toMatchObject({ misses: 1, hits: 0, awaiting: 3 });
  expect(existsSync(project.path('results'))).toBe(false);
  expect(await project.json('plan', 'pipelines/toy.yaml')).toEqual(plan);
});

test('what plan says is what run then does', async () => {
  await project.flow('run', 'pipelines/toy.yaml');
  const args = ['pipelines/toy.yaml', '-p', 'times+=3'];
  const plan = await project.json('plan', ...args);
  expect(plan).toMatchObject({ misses: 1, hits: 3, awaiting: 1 });
  const states = plan['instances'] as { id: string; state: string; reasons: string[] }[];
  expect(states.find(({ id }) => id === 'shout@n=3')?.state).toBe('miss');
  expect(states.find(({ id }) => id === 'join')).toMatchObject({ state: 'awaiting' });
  const text = await project.flow('plan', ...args);
  expect(text.stdout).toMatch(
    /^miss {6}shout@n=3 {2}.*\nawaiting {2}join .*\n\n1 miss, 3 hits, 1 awaiting\n$/,
  );
  expect(await project.json('run', ...args)).toMatchObject({ ran: 2, hit: 3 });
});

test('the pipeline is read again when it, or a file it includes, changes', async () => {
  project.write({
    'pipelines/top.yaml': 'version: 1\nname: top\ninclude: [./toy.yaml]\ntargets: [join]\n',
  });
  expect(await project.json('plan', 'pipelines/top.yaml')).toMatchObject({
    misses: 1,
    awaiting: 3,
  });
  project.write({ 'pipelines/toy.yaml': toyPipeline.replace('[1, 2]', '[1, 2, 3]') });
  expect(await project.json('plan', 'pipelines/top.yaml')).toMatchObject({
    misses: 1,
    awaiting: 4,
  });
  project.write({ 'pipelines/toy.yaml': toyPipeline.replace('name: toy', 'nmae: toy') });
  expect((await project.flow('plan', 'pipelines/top.yaml')).code).toBe(2);
});

test('an export that flow did not write is kept, until --force', async () => {
  project.write({ 'results/all/mine.txt': 'by hand' });
  const kept = await project.flow('run', 'pipelines/toy.yaml');
  expect(kept.code).toBe(1);
  expect(kept.stderr).toContain('✖ results/all: ');
  expect(readFileSync(project.path('results/all/mine.txt'), 'utf8')).toBe('by hand');
  const forced = await project.flow('run', 'pipelines/toy.yaml', '--force');
  expect(forced).toMatchObject({ code: 0, stderr: '' });
  expect(existsSync(project.path('results/all/mine.txt'))).toBe(false);
});

describe('a failure', () => {
  beforeEach(() => {
    project.write({
      'pipelines/bad.yaml': `version: 1
name: bad
stages:
  fine: { sh: "echo 1 > \${outputs.x}", outputs: { x: x.txt } }
  boom:
    sh: "for i in $(seq 1 50); do echo line $i; done; printf '\\\\033[31mred\\\\033[0m\\\\n' >&2; exit 3"
    outputs: { y: y.txt }
  after: { sh: "cat \${inputs.y} > \${outputs.z}", inputs: { y: boom.y }, outputs: { z: z.txt } }
targets: [after, fine]
`,
    });
  });

  test('shows the end of the log, where it lies and what to type', async () => {
    const failed = await project.flow('run', 'pipelines/bad.yaml', '-j', '1', '-k');
    expect(failed.code).toBe(1);
    expect(failed.stdout).toMatch(/^✖ bad: 1 ran, 0 hits, 1 failed, 1 skipped in /);
    expect(failed.stderr).toContain('✖ boom: exited with code 3\n');
    expect(failed.stderr).toContain('  │ line 50\n  │ red\n');
    expect(failed.stderr).not.toContain('│ line 1\n');
    const log = /\n {2}log: (cache\/runs\/.*\.log)\n/.exec(failed.stderr)?.[1] ?? '';
    expect(readFileSync(project.path(log), 'utf8')).toContain('line 1\n');
    expect(failed.stderr).toContain('\n  explain: flow explain boom\n');
  });

  test('names commands that look into the same cache', async () => {
    const failed = await project.flow('run', 'pipelines/bad.yaml', '--cache', 'elsewhere');
    expect(failed.stderr).toContain('\n  explain: flow explain boom --cache elsewhere\n');
    const explained = await project.flow('explain', 'boom', '--cache', 'elsewhere');
    expect(explained.stderr).not.toContain('there are no runs');
  });

  test('is in --json, and the exit code says so', async () => {
    const result = await project.json('run', 'pipelines/bad.yaml', '--failure', 'continue');
    expect(result).toMatchObject({ ok: false, ran: 1, failed: 1, skipped: 1 });
  });
});

test('an interrupt ends the run with 130, a record and the stages stopped', async () => {
  project.write({
    'pipelines/long.yaml': `version: 1
name: long
stages:
  wait: { sh: "touch ../../../started; sleep 60", outputs: { x: x.txt } }
`,
  });
  const child = project.start('run', 'pipelines/long.yaml', '--json');
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (chunk) => (stdout += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
  await new Promise<void>((resolve) => {
    child.stderr?.on('data', (chunk) => {
      stderr += String(chunk);
      if (stderr.includes('start  wait')) resolve();
    });
  });
  child.kill('SIGINT');
  expect(await ended).toBe(130);
  expect(JSON.parse(stdout)).toMatchObject({ ok: false, cancelled: 1 });
  expect(stderr).toContain('interrupted by SIGINT');
  expect(await project.json('status')).toMatchObject({ state: 'interrupted' });
});

test('status tells of a run that goes on, and of one that died', async () => {
  project.write({
    'pipelines/long.yaml': `version: 1
name: long
stages:
  wait:
    sh: |
      echo '{"type":"progress","done":3,"total":9,"unit":"rows"}' >> "$FLOW_EVENTS"
      sleep 60
    outputs: { x: x.txt }
`,
  });
  const child = project.start('run', 'pipelines/long.yaml');
  const ended = new Promise((resolve) => child.on('close', resolve));
  let shown = '';
  while (!shown.includes('3/9 rows')) {
    shown = (await project.flow('status')).stdout;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(shown).toMatch(/is running\n.*pid \d+ on .*\n1 instance: 1 running\n/);
  expect(await project.json('status')).toMatchObject({
    state: 'running',
    instances: [{ id: 'wait', state: 'running' }],
  });
  child.kill('SIGKILL');
  await ended;
  expect(await project.json('status')).toMatchObject({
    state: 'died',
    instances: [{ id: 'wait', state: 'cancelled' }],
  });
});

test('a reader that leaves early ends flow quietly', async () => {
  project.write({
    'pipelines/big.yaml':
      'version: 1\nname: big\nstages:\n  big: { sh: "seq 1 300000 > ${outputs.n}", outputs: { n: n.txt } }\n',
  });
  await project.flow('run', 'pipelines/big.yaml');
  const child = project.start('cat', 'big');
  let stderr = '';
  child.stderr?.on('data', (chunk) => (stderr += String(chunk)));
  child.stdout?.once('data', () => child.stdout?.destroy());
  const code = await new Promise((resolve) => child.on('close', resolve));
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
});

test('colour is there when it is asked for, and NO_COLOR wins', async () => {
  const force = { FORCE_COLOR: '1' };
  const coloured = await project.flowWith({ env: force }, 'run', 'pipelines/toy.yaml');
  expect(coloured.stdout).toContain('\u001b[32m✔');
  const both = { ...force, NO_COLOR: '1' };
  const plain = await project.flowWith({ env: both }, 'run', 'pipelines/toy.yaml');
  expect(plain.stdout).not.toContain('\u001b');
});

test('a damaged memory of the pipeline is no obstacle', async () => {
  await project.flow('run', 'pipelines/toy.yaml');
  const memo = project.path('cache/memo');
  for (const name of readdirSync(memo)) writeFileSync(`${memo}/${name}`, '{"texts":');
  expect(await project.json('run', 'pipelines/toy.yaml')).toMatchObject({ ran: 0, hit: 4 });
});
