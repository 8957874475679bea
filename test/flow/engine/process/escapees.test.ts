import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { endStrays } from '../../../../src/flow/engine/process/escapees.ts';

let folder: string;
const started: ChildProcess[] = [];

beforeEach(() => {
  folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'flow-strays-')));
  mkdirSync(path.join(folder, 'dead/scratch-1/out'), { recursive: true });
  mkdirSync(path.join(folder, 'dead2/scratch-1'), { recursive: true });
});

afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

/** In a session of its own, as what a stage has left. */
async function running(env: NodeJS.ProcessEnv, cwd = '/'): Promise<ChildProcess> {
  const child = spawn('sleep', ['600'], {
    env: { PATH: process.env['PATH'], ...env },
    cwd,
    detached: true,
  });
  started.push(child);
  await once(child, 'spawn');
  return child;
}

/** What ends it now. */
async function endOf(child: ChildProcess): Promise<unknown> {
  const { exitCode, signalCode } = child;
  if (exitCode !== null || signalCode !== null) return signalCode;
  const exit = once(child, 'exit');
  child.kill('SIGTERM');
  return (await exit)[1];
}

describe.skipIf(!existsSync('/proc/self/environ'))('what dead drivers have left running', () => {
  test('is known by its folder for temporary files, or by where it stands; nothing else is ended', async () => {
    const dead = path.join(folder, 'dead');
    symlinkSync(dead, path.join(folder, 'link'));
    const strays = [
      await running({ TMPDIR: path.join(folder, 'link/scratch-1/tmp') }),
      await running({}, path.join(dead, 'scratch-1')),
      await running({}, path.join(dead, 'scratch-1/out')),
    ];
    const others = [
      await running({ TMPDIR: path.join(folder, 'dead2/scratch-1/tmp') }),
      await running({ OTHER_TMPDIR: path.join(folder, 'link/scratch-1/tmp') }),
      await running({}, path.join(folder, 'dead2/scratch-1')),
      await running({}, folder),
    ];
    // As flow names it, which may be through a link.
    expect(await endStrays([path.join(folder, 'link')])).toBe(strays.length);
    expect(await Promise.all(strays.map(endOf))).toEqual(strays.map(() => 'SIGKILL'));
    expect(await Promise.all(others.map(endOf))).toEqual(others.map(() => 'SIGTERM'));
  });

  test('is nothing where no driver has died', async () => {
    const other = await running({}, path.join(folder, 'dead/scratch-1'));
    expect(await endStrays([])).toBe(0);
    expect(await endOf(other)).toBe('SIGTERM');
  });
});
