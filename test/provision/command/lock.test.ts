import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ownIdentity } from '../../../src/flow/store/process/process-identity.ts';
import { withLock } from '../../../src/provision/command/lock.ts';

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'lock-'));
  file = path.join(folder, 'deep', 'a.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const left = () => readdirSync(path.dirname(file));

test('a lock is held while the work goes on, and no longer, also where it fails', async () => {
  const during = await withLock(file, async () => readFileSync(file, 'utf8'));
  expect(JSON.parse(during)).toEqual(ownIdentity());
  expect(left()).toEqual([]);
  await expect(withLock(file, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  expect(left()).toEqual([]);
});

test('a second one is told who has it, and leaves it alone', async () => {
  await withLock(file, async () => {
    const second = withLock(file, async () => 'in');
    await expect(second).rejects.toThrow(
      `process ${process.pid} on ${hostname()} is running it already`,
    );
    expect(left()).toEqual(['a.lock']);
  });
});

test.each([
  ['of a process that is gone', () => ({ ...ownIdentity(), pid: spawnSync('true').pid })],
  ['of a process whose number another one has by now', () => ({ ...ownIdentity(), start: '1' })],
  ['of before the machine was started again', () => ({ ...ownIdentity(), boot: 'another' })],
  ['that holds something else', () => ({})],
])("a lock %s is nobody's", async (_, content) => {
  await withLock(file, async () => undefined);
  writeFileSync(file, JSON.stringify(content()));
  expect(await withLock(file, async () => left())).toEqual(['a.lock']);
  expect(left()).toEqual([]);
});
