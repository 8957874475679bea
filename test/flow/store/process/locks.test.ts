import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { hexOf } from '../../../../src/flow/key/digest.ts';
import { lifeOf, ownIdentity } from '../../../../src/flow/store/process/process-identity.ts';
import { Locks } from '../../../../src/flow/store/process/locks.ts';
import { Workspace } from '../../../../src/flow/store/process/workspace.ts';
import type { DiskStore } from '../../../../src/flow/store/disk-store.ts';
import { keyOf, openTemporary } from '../temporary.ts';

function lockOf(store: DiskStore, fields: object): string {
  const path = join(store.root, 'locks', hexOf(keyOf('k')));
  mkdirSync(join(store.root, 'locks'), { recursive: true });
  writeFileSync(path, JSON.stringify({ ...ownIdentity(), nonce: 'n', label: '', ...fields }));
  return path;
}

test('another host is believed for as long as its lock is touched', async () => {
  const store = await openTemporary();
  const path = lockOf(store, { host: 'elsewhere', pid: 1 });
  expect(await store.locks.acquire(keyOf('k'))).toMatchObject({ holder: 'pid 1 on elsewhere' });
  utimesSync(path, new Date(0), new Date(0));
  expect((await store.locks.acquire(keyOf('k'))).kind).toBe('held');
});

test('a lock that somebody has taken over is not released by who held it before', async () => {
  const store = await openTemporary();
  const mine = await store.locks.acquire(keyOf('k'));
  if (mine.kind !== 'held') throw new Error('it is free');
  const path = join(store.root, 'locks', hexOf(keyOf('k')));
  rmSync(path);
  lockOf(store, { nonce: 'of another' });
  await mine.release();
  expect(readFileSync(path, 'utf8')).toContain('of another');
});

test('a holder that was seen still for five minutes is dead, though its clock runs ahead of ours', async () => {
  const store = await openTemporary();
  const path = lockOf(store, { host: 'elsewhere', pid: 1 });
  const ahead = new Date(Date.now() + 24 * 60 * 60_000);
  let now = 0;
  const locks = new Locks(store.root, new Workspace(store.root), () => now);
  const acquire = async (minute: number): Promise<string> => {
    now = minute * 60_000;
    return (await locks.acquire(keyOf('k'))).kind;
  };
  utimesSync(path, ahead, ahead);
  expect([await acquire(0), await acquire(4)]).toEqual(['busy', 'busy']);
  utimesSync(path, ahead, new Date(ahead.getTime() + 30_000));
  expect([await acquire(5.5), await acquire(10)]).toEqual(['busy', 'busy']);
  expect(await acquire(11)).toBe('held');
});

test('an earlier boot and a reused pid are dead, another container is unknown', () => {
  const own = ownIdentity();
  expect(own).toMatchObject({ host: hostname(), pid: process.pid });
  expect(lifeOf(own)).toBe('alive');
  expect(lifeOf({ ...own, boot: 'earlier' })).toBe('dead');
  expect(lifeOf({ ...own, start: '1' })).toBe('dead');
  expect(lifeOf({ ...own, pidNamespace: 'pid:[1]' })).toBe('unknown');
  expect(lifeOf({ ...own, pid: 2 ** 22 + 1 })).toBe('dead');
});

test('a lock file that holds nothing is broken', async () => {
  const store = await openTemporary();
  writeFileSync(lockOf(store, {}), '');
  expect((await store.locks.acquire(keyOf('k'))).kind).toBe('held');
});

test('a key held by this process is busy for it too, until released', async () => {
  const store = await openTemporary();
  const held = await store.locks.acquire(keyOf('k'), 'run 1');
  if (held.kind !== 'held') throw new Error('it was free');
  expect((await store.locks.acquire(keyOf('k'))).kind).toBe('busy');
  await held.release();
  expect((await store.locks.acquire(keyOf('k'))).kind).toBe('held');
});

test.skipIf(process.platform !== 'linux')(
  'a process that ended and was never asked how is dead',
  async () => {
    const parent = spawn('sh', ['-c', 'sleep 0.1 & echo $!; exec sleep 60']);
    try {
      const [chunk] = (await once(parent.stdout, 'data')) as [Buffer];
      const pid = Number(chunk.toString());
      const fields = (): readonly string[] =>
        readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
      while (fields()[0] !== 'Z') await delay(5);
      expect(lifeOf({ ...ownIdentity(), pid, start: fields()[19] ?? '' })).toBe('dead');
    } finally {
      parent.kill('SIGKILL');
    }
  },
);

test('a lock that somebody has taken between a look and its breaking stays theirs', async () => {
  const store = await openTemporary();
  const other = new Locks(store.root, new Workspace(store.root));
  const path = lockOf(store, { host: 'elsewhere', pid: 1 });
  utimesSync(path, new Date(0), new Date(0));
  let looks = 0;
  const slow = new Locks(store.root, new Workspace(store.root), () => {
    looks += 1;
    // It has just seen that the lock is dead: another one is quicker.
    if (looks === 1) {
      rmSync(path);
      void other.acquire(keyOf('k'));
    }
    return 0;
  });
  expect((await slow.acquire(keyOf('k'))).kind).toBe('busy');
  expect(looks).toBe(1);
  expect((await store.locks.acquire(keyOf('k'))).kind).toBe('busy');
});

test('a lock that was lost is not released in the name of who has it now', async () => {
  const store = await openTemporary();
  const [one, other] = [0, 1].map(() => new Locks(store.root, new Workspace(store.root)));
  const held = await one?.acquire(keyOf('k'));
  rmSync(lockOf(store, {}));
  expect((await other?.acquire(keyOf('k')))?.kind).toBe('held');
  if (held?.kind === 'held') await held.release();
  expect((await store.locks.acquire(keyOf('k'))).kind).toBe('busy');
});

test('locks that are held are touched every half a minute', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const store = await openTemporary();
    const held = await store.locks.acquire(keyOf('k'));
    const path = join(store.root, 'locks', hexOf(keyOf('k')));
    const touched = (): boolean => statSync(path).mtimeMs > 1_000;
    utimesSync(path, new Date(0), new Date(0));
    vi.advanceTimersByTime(29_000);
    expect(touched()).toBe(false);
    vi.advanceTimersByTime(2_000);
    expect(touched()).toBe(true);
    if (held.kind === 'held') await held.release();
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});
