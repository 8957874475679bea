import { chmodSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import { hostFingerprint } from '../../../../src/flow/key/action/host-fingerprint.ts';
import type { Command } from '../../../../src/flow/pipeline/dag.ts';
import { makeInstance, TempProject } from '../temp-project.ts';

let tools: TempProject;

function program(path: string, text = '#!/bin/sh\n'): void {
  tools.write(path, text);
  chmodSync(join(tools.root, path), 0o755);
}

beforeEach(() => {
  tools = new TempProject();
  program('one/nvcc');
  program('two/nvcc');
});

/** Of a probe, asked where PATH is these folders of the tools. */
const fingerprint = (command: Command, ...folders: readonly string[]): Promise<string> => {
  const PATH = folders.map((folder) => join(tools.root, folder)).join(':');
  const probe = makeInstance({ probe: true, command });
  return hostFingerprint('/nowhere', probe, { PATH });
};

const cmd: Command = { kind: 'cmd', argv: ['nvcc', '--version'] };
const sh: Command = { kind: 'sh', script: ['echo x; "nvcc" --version | head -n 1'] };

describe.each([
  ['the first word of cmd', cmd],
  ['a word of sh', sh],
])('the program that is %s', (_what, command) => {
  test('counts by the place that PATH finds it at', async () => {
    const before = await fingerprint(command, 'one', 'two');
    expect(await fingerprint(command, 'one')).toBe(before);
    expect(await fingerprint(command, 'two', 'one')).not.toBe(before);
    expect(await fingerprint(command)).not.toBe(before);
  });

  test('counts anew once it is replaced in place, also by one of equal size and mtime', async () => {
    tools.touch('one/nvcc', 1_000_000_000);
    const before = await fingerprint(command, 'one');
    await sleep(20);
    program('one/new', '#!/bin/ls\n');
    tools.touch('one/new', 1_000_000_000);
    renameSync(join(tools.root, 'one/new'), join(tools.root, 'one/nvcc'));
    expect(await fingerprint(command, 'one')).not.toBe(before);
  });

  test('counts anew once a link leads to another one, and a file that cannot run is none', async () => {
    tools.write('bin/nvcc', 'no program\n');
    const before = await fingerprint(command, 'bin', 'one');
    expect(await fingerprint(command, 'one')).toBe(before);
    tools.remove('bin/nvcc');
    symlinkSync('../two/nvcc', join(tools.root, 'bin/nvcc'));
    expect(await fingerprint(command, 'bin', 'one')).toBe(await fingerprint(command, 'two'));
  });
});

test('a program that is named by its whole path counts', async () => {
  const path = join(tools.root, 'one/nvcc');
  const whole: Command = { kind: 'cmd', argv: [path] };
  const before = [await fingerprint(whole), await fingerprint({ kind: 'sh', script: [path] })];
  await sleep(20);
  program('one/nvcc', '#!/bin/sh\nexit\n');
  expect(await fingerprint(whole)).not.toBe(before[0]);
  expect(await fingerprint({ kind: 'sh', script: [path] })).not.toBe(before[1]);
});

test('later words of cmd, and programs beside those of a ts probe, do not count', async () => {
  const later: Command = { kind: 'cmd', argv: ['true', 'nvcc'] };
  expect(await fingerprint(later, 'one')).toBe(await fingerprint(later, 'two'));
  const ts: Command = { kind: 'ts', entry: 'nvcc' };
  expect(await fingerprint(ts, 'one')).toBe(await fingerprint(ts, 'two'));
});
