import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Submitted } from '../../../src/flow/engine/process/executor.ts';
import { LocalExecutor } from '../../../src/flow/engine/process/local-executor.ts';
import { failureOf, ofType, started, World } from './world.ts';

// Every attempt saves one more step and is ended after it; the sixth has all.
const stepwise = (end: string): string => `
stages:
  s:
    sh: |
      n=$(cat checkpoint/n 2>/dev/null || echo 0)
      if [ $n = 5 ]; then echo $n > \${outputs.o}; exit 0; fi
      echo $((n + 1)) > checkpoint/new; mv checkpoint/new checkpoint/n
      ${end}
    retries: { times: 5, backoff: 1ms }
    timeout: 2s
    outputs: { o: o.txt }
`;

describe('a timeout', () => {
  it('ends a stage that runs longer than its timeout, with all that it started', async () => {
    const world = new World();
    const ran = await world.run(`
stages:
  s: { sh: 'sleep 600 & sleep 600', timeout: 300ms, outputs: { o: o.txt } }
`);
    expect(failureOf(ran, 's').reason).toBe('timeout');
  });

  it('wakes a stage that is stopped, so that it hears that it is to end', async () => {
    const world = new World();
    world.env['T'] = world.root;
    const ran = await world.run(`
stages:
  s:
    sh: 'trap "echo heard > $T/heard; exit 1" TERM; kill -STOP $$; sleep 600'
    env: [T]
    timeout: 3s
    outputs: { o: o.txt }
`);
    expect(failureOf(ran, 's').reason).toBe('timeout');
    expect(world.read('heard')).toBe('heard\n');
  });
});

describe('a job', () => {
  let scratch: string;
  let executor: LocalExecutor;

  beforeEach(() => {
    // Of what flow itself waits for; the processes are real.
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    scratch = mkdtempSync(path.join(tmpdir(), 'flow-timeouts-'));
    executor = new LocalExecutor();
  });

  afterEach(async () => {
    vi.useRealTimers();
    await executor.close();
    rmSync(scratch, { recursive: true });
  });

  const submit = (script: string, timeoutMs: number): Submitted =>
    executor.submit(
      {
        argv: ['bash', '-c', script],
        scratch,
        env: { PATH: process.env['PATH'] ?? '', TMPDIR: path.join(scratch, 'tmp') },
        log: path.join(scratch, 'log'),
        timeoutMs,
      },
      () => undefined,
    );
  const written = async (name: string): Promise<void> => {
    while (!existsSync(path.join(scratch, name))) await delay(5);
  };

  it('that was cancelled keeps its grace, also where its timeout passes meanwhile', async () => {
    const job = submit(
      'trap "sleep 0.5; echo yes > saved; exit" TERM; touch ready; sleep 600 & wait',
      1_000,
    );
    await written('ready');
    job.cancel();
    vi.advanceTimersByTime(2_000);
    expect(await job.ended).toEqual({ kind: 'cancelled' });
    expect(readFileSync(path.join(scratch, 'saved'), 'utf8')).toBe('yes\n');
  });

  it('that is cancelled in the grace of its timeout keeps it, and counts as cancelled', async () => {
    const job = submit(
      'trap "touch heard; sleep 0.5; echo yes > saved; exit" TERM; touch ready; sleep 600 & wait',
      1_000,
    );
    await written('ready');
    vi.advanceTimersByTime(1_000);
    await written('heard');
    job.cancel();
    expect(await job.ended).toEqual({ kind: 'cancelled' });
    expect(readFileSync(path.join(scratch, 'saved'), 'utf8')).toBe('yes\n');
  });

  it('with a timeout of months is ended after months, not after the longest timer of Node', async () => {
    const longest = 2 ** 31 - 1;
    const script = 'touch ready; until [ -e go ]; do sleep 0.02; done';
    const one = submit(script, longest + 1_000);
    await written('ready');
    vi.advanceTimersByTime(longest);
    writeFileSync(path.join(scratch, 'go'), '');
    expect(await one.ended).toEqual({ kind: 'exit', code: 0 });

    for (const name of ['ready', 'go']) rmSync(path.join(scratch, name));
    const other = submit(script, longest + 1_000);
    await written('ready');
    vi.advanceTimersByTime(longest + 1_000);
    expect(await other.ended).toEqual({ kind: 'timeout' });
  });
});

describe('a retry', () => {
  it('tries again with a back-off, and says so', async () => {
    const world = new World();
    world.env['T'] = world.root;
    const ran = await world.run(`
stages:
  s:
    sh: 'echo x >> "$T/tries"; [ $(wc -l < "$T/tries") -ge 3 ] || exit 75; echo 1 > \${outputs.o}'
    env: [T]
    retries: { times: 3, on: [75], backoff: 20ms }
    outputs: { o: o.txt }
`);
    expect(ran.outcomes).toEqual({ s: 'ran' });
    expect(ofType(ran, 'retrying').map(({ attempt, afterMs }) => [attempt, afterMs])).toEqual([
      [2, 20],
      [3, 40],
    ]);
    expect(ofType(ran, 'started').map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  });

  it('does not try again for an exit code that is not listed', async () => {
    const ran = await new World().run(`
stages:
  s: { sh: 'exit 1', retries: { times: 3, on: [75], backoff: 1ms }, outputs: { o: o.txt } }
`);
    expect(started(ran)).toEqual(['s']);
    expect(ran.outcomes).toEqual({ s: 'failed' });
  });

  it('continues from the checkpoint of the attempt before', async () => {
    const world = new World();
    const ran = await world.run(`
stages:
  s:
    sh: |
      if [ -e checkpoint/half ]; then cp checkpoint/half \${outputs.o}; echo two >> \${outputs.o}
      else echo one > checkpoint/half; exit 1; fi
    retries: { times: 1, backoff: 1ms }
    outputs: { o: o.txt }
`);
    expect(await world.output(ran, 's', 'o')).toBe('one\ntwo\n');
  });

  it('sets a checkpoint aside after a failure that followed a resume', async () => {
    const world = new World();
    const ran = await world.run(
      `
stages:
  s:
    sh: |
      if [ -e checkpoint/bad ]; then exit 1; fi
      if [ "$(ls checkpoint)" = "" ] && [ -e "$HOME/seen" ]; then echo anew > \${outputs.o}; exit 0; fi
      touch checkpoint/bad "$HOME/seen"; exit 1
    env: [HOME]
    retries: { times: 2, backoff: 1ms }
    outputs: { o: o.txt }
`.replaceAll('$HOME', world.root),
    );
    expect(await world.output(ran, 's', 'o')).toBe('anew\n');
  });

  it('continues from step to step when others end it each time', async () => {
    const world = new World();
    const ran = await world.run(stepwise('kill -KILL $$'));
    expect(started(ran)).toHaveLength(6);
    expect(await world.output(ran, 's', 'o')).toBe('5\n');
  });

  it('starts anew each second time when it ends itself', async () => {
    const ran = await new World().run(stepwise('exit 1'));
    expect(started(ran)).toHaveLength(6);
    expect(ran.outcomes).toEqual({ s: 'failed' });
  });
});
