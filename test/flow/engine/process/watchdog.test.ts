import { spawn } from 'node:child_process';
import type * as ChildProcess from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Watchdog } from '../../../../src/flow/engine/process/watchdog.ts';

/** How the next watchdog is started, with a file that tells its end; `orphan`: begins when its parent is gone. */
let wrapper: 'none' | 'parent' | 'orphan' = 'none';
/** What a `prlimit` in its place notes, and what tells its end. */
let folder: string;

vi.mock('node:child_process', async (original) => {
  const real = await original<typeof ChildProcess>();
  const spawn = (program: string, args: readonly string[], options: ChildProcess.SpawnOptions) => {
    if (wrapper === 'none') return real.spawn(program, args, options);
    const run = '"$@" <&3; : > "$DONE"';
    const gone = 'while kill -0 $$ 2> /dev/null; do :; done';
    const script = `exec 3<&0; ${wrapper === 'parent' ? run : `(${gone}; ${run}) & exit`}`;
    const env = { ...options.env, DONE: path.join(folder, 'done') };
    return real.spawn('/bin/sh', ['-c', script, 'wrapper', program, ...args], { ...options, env });
  };
  return { ...real, spawn };
});

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flow-watchdog-'));
  writeFileSync(path.join(folder, 'prlimit'), `#!/bin/sh\necho "$*" >> '${folder}/noted'\n`);
  chmodSync(path.join(folder, 'prlimit'), 0o755);
});

afterEach(() => {
  wrapper = 'none';
  rmSync(folder, { recursive: true });
});

const open = (): Watchdog =>
  new Watchdog({ PATH: `${folder}${path.delimiter}${process.env['PATH']}` });

/** A process that bears another's mark sets none, and where there is no /proc nobody does. */
const canMark =
  existsSync('/proc/self/limits') &&
  /^Max realtime timeout +unlimited/m.test(readFileSync('/proc/self/limits', 'utf8'));

test.skipIf(!canMark)('a watchdog marks its driver', async () => {
  const watchdog = open();
  expect(await watchdog.ready()).toBe(true);
  await watchdog.close();
  const noted = readFileSync(path.join(folder, 'noted'), 'utf8');
  expect(noted).toMatch(new RegExp(String.raw`^--pid ${process.pid} --rttime=\d+:\n$`));
});

test.skipIf(!canMark)('a watchdog whose driver is gone when it begins marks nobody', async () => {
  wrapper = 'orphan';
  const watchdog = open();
  expect(await watchdog.ready()).toBe(false);
  await watchdog.close();
  while (!existsSync(path.join(folder, 'done'))) await sleep(10);
  expect(existsSync(path.join(folder, 'noted'))).toBe(false);
});

const bystanders: ChildProcess.ChildProcess[] = [];
afterEach(() => {
  for (const child of bystanders.splice(0)) child.kill('SIGKILL');
});

/** Runs until it is ended. */
async function running(env: NodeJS.ProcessEnv, cwd = '/'): Promise<ChildProcess.ChildProcess> {
  const child = spawn('sleep', ['600'], {
    env: { PATH: process.env['PATH'], ...env },
    detached: true,
    cwd,
  });
  bystanders.push(child);
  await once(child, 'spawn');
  return child;
}

/** What a watchdog ends with its driver: what was not forgotten. */
async function ended(tell: (watchdog: Watchdog) => void): Promise<void> {
  wrapper = 'parent';
  const watchdog = open();
  tell(watchdog);
  await watchdog.close();
  while (!existsSync(path.join(folder, 'done'))) await sleep(10);
}

/** What ends it now: it was left alone. */
async function endOf(child: ChildProcess.ChildProcess): Promise<unknown> {
  const exit = child.exitCode === null && child.signalCode === null && once(child, 'exit');
  child.kill('SIGTERM');
  return exit === false ? [child.exitCode, child.signalCode] : await exit;
}
const byTerm = [null, 'SIGTERM'];

test('the group of a stage is ended though nothing else tells whose it is', async () => {
  const stage = await running({});
  const forgotten = await running({ TMPDIR: `${folder}/f/tmp` });
  const exit = once(stage, 'exit');
  await ended((watchdog) => {
    watchdog.giveUp(watchdog.expect(`${folder}/f/tmp`));
    const [first, second] = [
      watchdog.expect(`${folder}/f/tmp`),
      watchdog.expect(`${folder}/s/tmp`),
    ];
    watchdog.watch(first, forgotten.pid ?? 0);
    watchdog.watch(second, stage.pid ?? 0);
    watchdog.forget(forgotten.pid ?? 0);
  });
  expect(await exit).toEqual([null, 'SIGKILL']);
  expect(await endOf(forgotten)).toEqual(byTerm);
});

test.skipIf(!existsSync('/proc/self/environ'))(
  'what bears the folder of a stage is ended, but nothing of half a name that ends at a line end',
  async () => {
    const stage = await running({ TMPDIR: `${folder}/c/tmp` });
    const bystander = await running({ TMPDIR: `${folder}/abc` });
    const exit = once(stage, 'exit');
    await ended((watchdog) => {
      watchdog.watch(watchdog.expect(`${folder}/a\nb/tmp`), 2 ** 22 + 1);
      watchdog.expect(`${folder}/a\nb/tmp`);
      watchdog.expect(`${folder}/c/tmp`);
    });
    expect(await exit).toEqual([null, 'SIGKILL']);
    expect(await endOf(bystander)).toEqual(byTerm);
  },
);

test.skipIf(!existsSync('/proc/self/cwd'))(
  'what stands in the folder of a stage is ended, though its environment was cleared',
  async () => {
    mkdirSync(path.join(folder, 'scratch/tmp'), { recursive: true });
    const stage = await running({}, path.join(folder, 'scratch'));
    const bystander = await running({}, folder);
    const exit = once(stage, 'exit');
    await ended((watchdog) => watchdog.expect(path.join(folder, 'scratch/tmp')));
    expect(await exit).toEqual([null, 'SIGKILL']);
    expect(await endOf(bystander)).toEqual(byTerm);
  },
);
