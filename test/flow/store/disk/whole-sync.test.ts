import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readFileSync, statfsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { WholeSync } from '../../../../src/flow/store/disk/whole-sync.ts';
import { temporaryFolder } from '../temporary.ts';

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
});

/** ext4, xfs, btrfs */
const isKnown = [0xef53, 0x58465342, 0x9123683e].includes(statfsSync(tmpdir()).type);
const linux = process.platform === 'linux' && isKnown;

/** A program that notes its arguments. */
function program(
  exit: number,
  version = 'sync (GNU coreutils) 9.1',
): { readonly path: string; readonly calls: () => string } {
  const [path, log] = [join(temporaryFolder(), 'sync'), join(temporaryFolder(), 'log')];
  const script = `[ "$1" = --version ] && echo '${version}' && exit\necho "$@" >> ${log}\nexit ${exit}\n`;
  writeFileSync(path, `#!/bin/sh\n${script}`);
  chmodSync(path, 0o755);
  return { path, calls: () => (existsSync(log) ? readFileSync(log, 'utf8') : '') };
}

test.skipIf(!linux)('the file system of the folder is flushed by `sync -f`', async () => {
  expect(await new WholeSync(folder).sync()).toBe(true);
  const fake = program(0);
  const whole = new WholeSync(folder, ['/nowhere/sync', fake.path]);
  expect([await whole.sync(), await whole.sync()]).toEqual([true, true]);
  expect(fake.calls()).toBe(`-f ${folder}\n`.repeat(2));
});

test.skipIf(!linux)('a program that fails once is not asked again', async () => {
  const fake = program(1);
  const whole = new WholeSync(folder, [fake.path]);
  expect([await whole.sync(), await whole.sync()]).toEqual([false, false]);
  expect(fake.calls()).toBe(`-f ${folder}\n`);
});

test.skipIf(!linux)('what was started ends when the store is closed', async () => {
  const fake = program(0);
  const whole = new WholeSync(folder, [fake.path]);
  expect(await whole.sync()).toBe(true);
  const running = (): string => spawnSync('pgrep', ['-f', fake.path], { encoding: 'utf8' }).stdout;
  expect(running()).not.toBe('');
  whole.close();
  await vi.waitUntil(() => running() === '');
});

test('another program of that name is not relied on', async () => {
  const fake = program(0, 'sync (uutils coreutils) 0.2.2');
  expect(await new WholeSync(folder, [fake.path]).sync()).toBe(false);
  expect(fake.calls()).toBe('');
});

test('without a program, or on a file system that is not known for it, nothing is said', async () => {
  expect(await new WholeSync(folder, ['/nowhere/sync']).sync()).toBe(false);
  if (process.platform === 'linux') expect(await new WholeSync('/proc').sync()).toBe(false);
});
