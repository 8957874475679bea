import type * as ChildProcess from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Watchdog } from '../../../src/flow/engine/watchdog.ts';

/** Where the next watchdog begins only once who has started it is gone, as of a driver killed at once. */
let orphaned = false;
/** What a `prlimit` in its place notes, and what tells its end. */
let folder: string;

vi.mock('node:child_process', async (original) => {
  const real = await original<typeof ChildProcess>();
  const spawn = (program: string, args: readonly string[], options: ChildProcess.SpawnOptions) => {
    if (!orphaned) return real.spawn(program, args, options);
    const late =
      'exec 3<&0; (while kill -0 $$ 2> /dev/null; do :; done; "$@" <&3; : > "$DONE") & exit';
    const env = { ...options.env, DONE: path.join(folder, 'done') };
    return real.spawn('/bin/sh', ['-c', late, 'late', program, ...args], { ...options, env });
  };
  return { ...real, spawn };
});

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'flow-watchdog-'));
  writeFileSync(path.join(folder, 'prlimit'), `#!/bin/sh\necho "$*" >> '${folder}/noted'\n`);
  chmodSync(path.join(folder, 'prlimit'), 0o755);
});

afterEach(() => {
  orphaned = false;
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
  orphaned = true;
  const watchdog = open();
  expect(await watchdog.ready()).toBe(false);
  await watchdog.close();
  while (!existsSync(path.join(folder, 'done'))) await sleep(10);
  expect(existsSync(path.join(folder, 'noted'))).toBe(false);
});
