import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Ending, Job } from '../../../../src/flow/engine/process/executor.ts';
// oxlint-disable-next-line import/default -- the bundler makes it: program-text.d.ts
import program from '../../../../src/flow/engine/process/host.ts?program';
import { LocalExecutor } from '../../../../src/flow/engine/process/local-executor.ts';
import { statOf } from '../../../../src/flow/store/process/proc.ts';
import { hostOf } from '../../../rig/host.ts';
import { allEnd, lives } from '../../../rig/project.ts';

let folder: string;
let executor: LocalExecutor;

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'flow-executor-')));
  executor = new LocalExecutor();
});

afterEach(async () => {
  await executor.close();
  rmSync(folder, { recursive: true });
});

let count = 0;

/** In a scratch folder of its own. */
function job(argv: readonly string[], more: Partial<Job> = {}): Job {
  count += 1;
  const scratch = path.join(folder, 'work', `scratch-${count}`);
  mkdirSync(path.join(scratch, 'tmp'), { recursive: true });
  const env = { PATH: process.env['PATH'] ?? '', TMPDIR: path.join(scratch, 'tmp'), T: folder };
  return { argv, scratch, env, log: path.join(folder, `log-${count}`), ...more };
}

const sh = (text: string, more: Partial<Job> = {}): Job => job(['sh', '-c', text], more);
const run = (each: Job): Promise<Ending> => executor.submit(each, () => undefined).ended;
const written = ({ log }: Job): string => readFileSync(log, 'utf8');

async function pidIn(name: string): Promise<number> {
  while (!existsSync(path.join(folder, name))) await sleep(5);
  return Number(readFileSync(path.join(folder, name), 'utf8'));
}

/** Says its pid in a file, ignores TERM and never ends. */
const forever = (name: string): string =>
  `trap "" TERM HUP INT; echo $$ > "$T/${name}.part"; mv "$T/${name}.part" "$T/${name}"; while :; do sleep 0.05; done`;

describe('a job', () => {
  it('is in a process group of its own, in its folder, with its environment alone', async () => {
    const one = sh('read -r _ _ _ _ group _ < /proc/self/stat; echo $group; pwd; env', {});
    expect(await run({ ...one, env: { PATH: process.env['PATH'] ?? '', A: 'b\nc' } })).toEqual({
      kind: 'exit',
      code: 0,
    });
    const [group, cwd, ...environment] = written(one).split('\n');
    expect(Number(group)).toBeGreaterThan(1);
    expect(Number(group)).not.toBe(statOf(process.pid)?.group);
    expect(cwd).toBe(one.scratch);
    expect(environment).toContain('A=b');
    expect(environment.some((line) => line.startsWith('HOME='))).toBe(false);
  });

  it.each([0, 1, 7, 128, 193, 253, 254, 255])('tells its exit code %i', async (code) => {
    expect(await run(sh(`exit ${code}`))).toEqual({ kind: 'exit', code });
  });

  it.each([
    ['TERM', { kind: 'exit', code: 143, orSignal: 'SIGTERM' }],
    ['ABRT', { kind: 'exit', code: 134, orSignal: 'SIGABRT' }],
    ['40', { kind: 'exit', code: 168, orSignal: '40' }],
  ])('that dies by the signal %s is not taken for one that ended well', async (signal, ending) => {
    const one = sh(`kill -${signal} $$`);
    expect(await run(one)).toEqual(ending);
    expect(written(one)).toBe('');
  });

  it.each([
    ['a program that is not there', { argv: ['no-such-program'] }, 'ENOENT'],
    ['a path that is not there', { argv: ['./no/such'] }, 'ENOENT'],
    ['a program that is none', { argv: ['/etc/passwd'] }, 'EACCES'],
    ['nothing to start', { argv: [''] }, 'ENOENT'],
    ['a folder that is not there', { scratch: '/no/such/scratch' }, 'ENOENT'],
    ['a NUL in an argument', { argv: ['echo', 'a\0b'] }, 'ERR_INVALID_ARG_VALUE'],
  ] as const)('cannot be started with %s', async (_what, more, code) => {
    expect(await run(sh('', more))).toMatchObject({ kind: 'spawn', code });
  });

  it('whose log cannot be opened is an error', async () => {
    const one = sh('', { log: path.join(folder, 'no/log') });
    await expect(run(one)).rejects.toThrow(/ENOENT/);
  });

  it('may be one of many at once, and each ends as itself', async () => {
    const codes = Array.from({ length: 40 }, (_, index) => index);
    const ends = await Promise.all(codes.map((code) => run(sh(`exit ${code}`))));
    expect(ends).toEqual(codes.map((code) => ({ kind: 'exit', code })));
  });

  it('finds its program by its own PATH', async () => {
    const one = job(['own']);
    await run(sh(`mkdir "$T/bin"; printf '#!/bin/sh\\necho mine' > "$T/bin/own"; chmod +x "$T/bin/own"`)); // prettier-ignore
    const PATH = `/no/such:${path.join(folder, 'bin')}:${process.env['PATH'] ?? ''}`;
    expect(await run({ ...one, env: { PATH } })).toEqual({ kind: 'exit', code: 0 });
    expect(written(one)).toBe('mine\n');
  });

  it('has its secrets masked in the host, before they are on the disk', async () => {
    const secrets = ['open sesame'];
    const one = sh('echo "said: open"" sesame"; echo "open"" sesame" >&2; sleep 600 &', {
      secrets,
    });
    expect(await run(one)).toEqual({ kind: 'exit', code: 0 });
    expect(written(one).split('\n').sort()).toEqual(['', '***', 'said: ***']);
  });

  it('that leaves a process in another session is quiet only when that is gone', async () => {
    const notes: string[] = [];
    const submitted = executor.submit(
      sh(`setsid sh -c '${forever('escaped')}' & until [ -e "$T/escaped" ]; do sleep 0.01; done`),
      (event) => notes.push(event.type === 'note' ? event.text : ''),
    );
    expect(await submitted.ended).toEqual({ kind: 'exit', code: 0 });
    await submitted.quiet();
    expect(lives(await pidIn('escaped'))).toBe(false);
    expect(notes).toEqual([
      expect.stringMatching(/^ended \d process\(es\) that it had left behind/),
    ]);
  });
});

describe('the host', () => {
  it('is in a session of its own at /, and a signal of a terminal does not end it', async () => {
    executor.prepare();
    const host = await hostOf(process.pid);
    expect(statOf(host)).toMatchObject({ session: host, group: host });
    expect(readlinkSync(`/proc/${host}/cwd`)).toBe('/');
    expect(await run(sh('true'))).toMatchObject({ code: 0 });
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(host, signal);
    expect(await run(sh('true'))).toMatchObject({ code: 0 });
    await executor.close();
    expect(lives(host)).toBe(false);
  });

  it('that is killed takes its jobs with it: they count as killed, and no other is started', async () => {
    const known = executor.submit(sh(`sh -c '${forever('child')}' & ${forever('known')}`), () => undefined); // prettier-ignore
    const left = executor.submit(sh(`setsid sh -c '${forever('escaped')}' & ${forever('left')}`), () => undefined); // prettier-ignore
    const pids = await Promise.all(['known', 'child', 'left', 'escaped'].map(pidIn));
    const host = await hostOf(process.pid);
    // What it is told now is in its pipe, and may just be started.
    const last = executor.submit(sh(forever('last')), () => undefined);
    process.kill(host, 'SIGKILL');
    expect(await Promise.all([known.ended, left.ended, last.ended])).toEqual(
      [1, 2, 3].map(() => ({ kind: 'signal', signal: 'SIGKILL' })),
    );
    expect(pids.filter(lives)).toEqual([]);
    expect(existsSync(path.join(folder, 'last')) && lives(await pidIn('last'))).toBe(false);
    expect(await executor.lost).toContain('SIGKILL');
    const next = executor.submit(sh('true'), () => undefined);
    expect(await next.ended).toMatchObject({ kind: 'spawn', message: await executor.lost });
    await next.quiet();
  });

  it('is not started by an executor that was closed', async () => {
    await executor.close();
    executor.prepare();
    await sleep(100);
    const inHost = readdirSync('/proc').filter(
      (pid) => statOf(Number(pid))?.parent === process.pid,
    );
    expect(inHost).toEqual([]);
  });
});

describe('the program of the host', () => {
  let host: ChildProcess;

  /** As a driver starts it; its standard output is not read. */
  function started(...through: readonly string[]): void {
    const [file = '', ...words] = [...through, process.execPath, '-e', program];
    host = spawn(file, words, { cwd: '/', env: {}, detached: true, stdio: ['pipe', 'pipe', 'ignore'] }); // prettier-ignore
  }
  const tell = (each: Job, id = 1): void => {
    host.stdin?.write(`${JSON.stringify({ type: 'start', id, job: each })}\n`);
  };

  afterEach(() => {
    host.kill('SIGKILL');
  });

  it('ends all that it has started when its driver is gone', async () => {
    started();
    tell(sh(`setsid sh -c '${forever('escaped')}' & ${forever('leader')}`));
    const pids = await Promise.all(['leader', 'escaped'].map(pidIn));
    const begun = performance.now();
    host.stdin?.destroy();
    await once(host, 'exit');
    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(await allEnd(pids, 1_000)).toBe(true);
  });

  it('ends them also when it finds by a write that nobody listens (EPIPE)', async () => {
    started();
    tell(sh(forever('leader')), 1);
    tell(sh('until [ -e "$T/go" ]; do sleep 0.01; done'), 2);
    const pid = await pidIn('leader');
    host.stdout?.destroy();
    writeFileSync(path.join(folder, 'go'), '');
    await once(host, 'exit');
    expect(await allEnd([pid], 1_000)).toBe(true);
  });

  it('closes what it inherits, so that no stage holds it open', async () => {
    // 20 and 63 are as a shell hands them on.
    started('/bin/bash', '-c', 'exec 20> /dev/null 63> /dev/null; exec "$@"', 'sh');
    const one = sh('ls /proc/self/fd; cat /proc/$PPID/cmdline > /dev/null');
    tell(one);
    await once(host.stdout ?? host, 'data');
    while (!existsSync(one.log) || !written(one).includes('2\n')) await sleep(5);
    expect(written(one).trim().split('\n')).toEqual(['0', '1', '2', '3']);
    host.stdin?.write('{"type":"close","id":0}\n');
    await once(host, 'exit');
  });
});
