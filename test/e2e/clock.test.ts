import { readFileSync, statSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/flow/core/events.ts';
import { type Ended, Project, type Running } from '../rig/project.ts';

// A clock that is set while flow runs, or between two runs. Durations and the order of runs come from a
// clock that nobody sets; what is new enough to be doubted stays doubted.

const clock = fileURLToPath(new URL('../fixtures/clock.mjs', import.meta.url));

const hour = 3_600_000;
const day = 24 * hour;

let project: Project;

beforeEach(() => {
  project = new Project();
  set(0);
});

afterEach(() => project.close());

/** Milliseconds by which flow's clock is ahead of the system's. */
function set(ahead: number): void {
  project.write({ 'clock/ahead': String(ahead) });
}

function start(...args: readonly string[]): Running {
  const file = project.at('clock/ahead');
  return project.start(args, {
    NODE_OPTIONS: `--import=${clock}`,
    TEST_CLOCK: file,
    D: project.at('clock'),
  });
}

const flow = (...args: readonly string[]): Promise<Ended> => start(...args).ended;

interface Run {
  readonly run_id: string;
  readonly ran: number;
  readonly hit: number;
  readonly wall_s: number;
  readonly instances: readonly { readonly id: string; readonly wall_s: number }[];
}

async function run(...args: readonly string[]): Promise<Run> {
  const ended = await flow('run', 'pipelines/p.yaml', '--json', ...args);
  expect([ended.code, ended.stderr]).toEqual([0, expect.not.stringMatching(/error|warning/)]);
  return JSON.parse(ended.stdout) as Run;
}

/** Resolves when a process has been stopped by a signal. */
async function stops(pid: number | undefined): Promise<void> {
  while (!/\) T /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))) await delay(10);
}

const eventsOf = (id: string): readonly RunEvent[] =>
  project
    .read(`cache/runs/${id}/events.ndjson`)
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as RunEvent);

describe('a clock that is set while a stage runs', () => {
  it.for([
    ['back an hour', -hour],
    ['forward a day', day],
  ] as const)('%s changes no duration and no result', async ([, ahead]) => {
    project.pipeline(`
stages:
  first: { sh: 'echo ${ahead} > "$D/ahead"; echo 1 > \${outputs.o}', env: [D], outputs: { o: o.txt }, timeout: 1h }
  second: { sh: 'cat \${inputs.i} > \${outputs.o}', inputs: { i: first.o }, outputs: { o: o.txt }, timeout: 1h }
`);
    const ran = await run();
    expect(ran).toMatchObject({ ran: 2, hit: 0 });
    for (const { wall_s } of [ran, ...ran.instances]) {
      expect(wall_s).toBeGreaterThanOrEqual(0);
      expect(wall_s).toBeLessThan(600);
    }
    const times = eventsOf(ran.run_id).map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBeLessThan(600_000);
    expect((await flow('show', 'second')).stdout).toMatch(/took +\d+\.\d s/);
    expect(await run()).toMatchObject({ ran: 0, hit: 2 });
    expect((await flow('verify')).code).toBe(0);
  });

  it('leaves what was asked to end its whole grace', async () => {
    // The leader ends at once; what it started has something to put away first.
    project.pipeline(`
stages:
  s:
    sh: |
      (trap 'echo ${day} > "$D/ahead"; sleep 1; touch "$D/put-away"; exit' TERM; touch "$D/ready"; while :; do sleep 0.05; done) &
      until [ -e "$D/ready" ]; do sleep 0.05; done
      wait
    env: [D]
    outputs: { o: o.txt }
`);
    const { child, ended } = start('run', 'pipelines/p.yaml');
    await project.until('clock/ready');
    child.kill('SIGINT');
    expect((await ended).code).toBe(130);
    expect(project.has('clock/put-away')).toBe(true);
  });
});

describe('a clock that was set between two runs', () => {
  const pipeline = `
params: { n: 1 }
stages:
  s: { sh: 'cat \${inputs.i} > \${outputs.o}; echo \${n} >> \${outputs.o}', inputs: { i: ./data/x.txt }, outputs: { o: o.txt } }
  t: { ts: stages/t.ts, inputs: { i: s.o }, outputs: { o: o.txt } }
`;

  beforeEach(() => {
    project.write({
      'data/x.txt': 'one\n',
      'stages/t.ts': `import { text } from './text.ts';
import { writeFileSync } from 'node:fs';
writeFileSync('out/o.txt', text);
`,
      'stages/text.ts': `export const text: string = 'one';\n`,
    });
    project.pipeline(pipeline);
  });

  it('leaves the runs in the order in which they were', async () => {
    set(2 * day);
    const first = await run();
    set(0);
    const second = await run('-p', 'n=2');
    const third = await run('-p', 'n=3');
    const ids = [first, second, third].map(({ run_id }) => run_id);
    expect(ids).toEqual(ids.toSorted());
    expect((await flow('status')).stdout).toContain(third.run_id);
    expect((await flow('cat', 's')).stdout).toBe('one\n3\n');
    // Nothing is of an age below zero.
    expect((await flow('ls')).stdout).not.toMatch(/-\d+ (s|min|h|d)\b/);
  });

  it.for([
    ['ahead', 2 * day],
    ['behind', -2 * day],
  ] as const)('does not let gc take what is used, when it was %s', async ([, ahead]) => {
    set(ahead);
    await run();
    set(0);
    const last = await run('-p', 'n=2');
    const gc = await flow('gc', '--keep-runs', '1', '--grace', '0s');
    expect(gc.code).toBe(0);
    expect(project.files('cache/runs').filter((name) => !name.includes('/'))).toEqual([
      last.run_id,
    ]);
    expect(await run('-p', 'n=2')).toMatchObject({ ran: 0, hit: 2 });
    expect((await flow('verify')).code).toBe(0);
  });

  it('hides no edit of the same size whose mtime was put back', async () => {
    // By a clock that is ahead, what was written a moment ago is old enough to be remembered.
    set(hour);
    await run();
    for (const ahead of [hour, 0, -hour, day]) {
      set(ahead);
      for (const name of ['data/x.txt', 'stages/text.ts']) {
        const before = statSync(project.at(name));
        const text = project.read(name);
        project.write({
          [name]: text.replace(/one|two/, (word) => (word === 'one' ? 'two' : 'one')),
        });
        utimesSync(project.at(name), before.atime, before.mtime);
      }
      const word = project.read('data/x.txt').trim();
      await run();
      expect((await flow('cat', 's')).stdout).toBe(`${word}\n1\n`);
      expect((await flow('cat', 't')).stdout).toBe(word);
    }
  });
});

describe('a clock that is set while gc works', () => {
  it('ends it in words, with nothing lost that a run lists', async () => {
    project.pipeline(`
params: { n: 1 }
stages:
  s: { sh: 'echo \${n} > \${outputs.o}', outputs: { o: o.txt } }
`);
    await run();
    const last = await run('-p', 'n=2');
    const gc = project.start(['gc', '--keep-runs', '1', '--grace', '0s'], {
      NODE_OPTIONS: `--import=${clock}`,
      TEST_CLOCK: project.at('clock/ahead'),
      FLOW_FAILPOINT: `${process.pid}:stop@gc.planned`,
    });
    await stops(gc.child.pid);
    set(-hour);
    gc.child.kill('SIGCONT');
    const ended = await gc.ended;
    expect([ended.code, ended.stderr]).toEqual([
      3,
      expect.stringMatching(
        /^error: the clock was set back during flow gc.*\n +hint: start flow gc again/,
      ),
    ]);
    set(0);
    expect(project.has(path.join('cache/runs', last.run_id))).toBe(true);
    expect((await flow('gc', '--keep-runs', '1', '--grace', '0s')).code).toBe(0);
    expect(await run('-p', 'n=2')).toMatchObject({ ran: 0, hit: 1 });
  });
});
