import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { hexOf } from '../../../../src/flow/key/digest.ts';
import { headOf, lineOf } from '../../../../src/flow/store/process/claims.ts';
import type { Mark } from '../../../../src/flow/store/process/claims.ts';
import { lifeOf, ownIdentity } from '../../../../src/flow/store/process/process-identity.ts';
import { Locks } from '../../../../src/flow/store/process/locks.ts';
import { Workspace } from '../../../../src/flow/store/process/workspace.ts';
import type { DiskStore } from '../../../../src/flow/store/disk-store.ts';
import { keyOf, openTemporary } from '../temporary.ts';

const name = hexOf(keyOf('k'));

/** Sorts before every process's file, and behind it. */
const [FIRST, LAST] = ['1-00000000-0', '9999999999-ffffffff-f'];

/** What another process says of `k`. */
function claimsOf(store: DiskStore, fields: object, mark: Mark = '+', file = FIRST): string {
  const path = join(store.root, 'locks', file);
  mkdirSync(join(store.root, 'locks'), { recursive: true });
  writeFileSync(path, headOf({ ...ownIdentity(), label: '', ...fields }) + lineOf(mark, name));
  return path;
}

const anotherOn = (store: DiskStore): Locks => new Locks(store.root, new Workspace(store.root));

test('another host is believed for as long as its file is touched', async () => {
  const store = await openTemporary();
  const path = claimsOf(store, { host: 'elsewhere', pid: 1 });
  expect(await store.locks.acquire(keyOf('k'))).toMatchObject({ holder: 'pid 1 on elsewhere' });
  utimesSync(path, new Date(0), new Date(0));
  expect((await store.locks.acquire(keyOf('k'))).kind).toBe('held');
  expect(existsSync(path)).toBe(false);
});

test('a holder that was seen still for five minutes is dead, though its clock runs ahead of ours', async () => {
  const store = await openTemporary();
  const path = claimsOf(store, { host: 'elsewhere', pid: 1 });
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

test('a file that does not say whose it is holds nothing, and is swept', async () => {
  const store = await openTemporary();
  const path = claimsOf(store, {});
  writeFileSync(path, `{"host":"h"}\n${lineOf('+', name)}`);
  expect((await store.locks.acquire(keyOf('k'))).kind).toBe('held');
  store.locks.sweep();
  expect(existsSync(path)).toBe(false);
});

test('a key held by this process is busy for it too, until released', async () => {
  const store = await openTemporary();
  const held = await store.locks.acquire(keyOf('k'), 'run 1');
  if (held.kind !== 'held') throw new Error('it was free');
  expect((await store.locks.acquire(keyOf('k'))).kind).toBe('busy');
  await held.release();
  expect((await store.locks.acquire(keyOf('k'))).kind).toBe('held');
});

test('what a process has let go is free, and what it has said in part is not said', async () => {
  const store = await openTemporary();
  const path = claimsOf(store, {});
  expect((await store.locks.acquire(keyOf('k'))).kind).toBe('busy');
  appendFileSync(path, lineOf('-', name).slice(0, -1));
  expect((await store.locks.acquire(keyOf('k'))).kind).toBe('busy');
  appendFileSync(path, '\n');
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

test('of two that want a key at once, the one whose file comes first gets it', async () => {
  const store = await openTemporary();
  const later = claimsOf(store, {}, '?', LAST);
  const waits = store.locks.acquire(keyOf('k'));
  await delay(20);
  // It has seen that this process comes first.
  appendFileSync(later, lineOf('-', name));
  expect((await waits).kind).toBe('held');

  const other = await openTemporary();
  const first = claimsOf(other, { pid: process.ppid, start: '' }, '?');
  const gives = other.locks.acquire(keyOf('k'));
  await delay(20);
  appendFileSync(first, lineOf('+', name));
  expect(await gives).toMatchObject({
    kind: 'busy',
    holder: `pid ${process.ppid} on ${hostname()}`,
  });
});

test('one that wanted a key and let it go leaves it to who gave way', async () => {
  const store = await openTemporary();
  const first = claimsOf(store, {}, '?');
  const gives = store.locks.acquire(keyOf('k'));
  await delay(20);
  appendFileSync(first, lineOf('-', name));
  expect((await gives).kind).toBe('held');
});

test('one that wants a key and never makes up its mind is named as its holder', async () => {
  for (const file of [FIRST, LAST]) {
    const store = await openTemporary();
    claimsOf(store, { pid: process.ppid, start: '' }, '?', file);
    expect(await store.locks.acquire(keyOf('k'))).toMatchObject({
      holder: `pid ${process.ppid} on ${hostname()}`,
    });
  }
});

test('of many that want a key at once, one gets it, and all others name it', async () => {
  const store = await openTemporary();
  for (let round = 0; round < 20; round += 1) {
    const all = Array.from({ length: 6 }, () => anotherOn(store));
    const got = await Promise.all(
      all.map(async (locks, index) => {
        await delay(Math.random() * 3);
        return locks.acquire(keyOf('k'), `run ${index}`);
      }),
    );
    const held = got.findIndex(({ kind }) => kind === 'held');
    expect(got.filter(({ kind }) => kind === 'held')).toHaveLength(1);
    for (const each of got) {
      if (each.kind === 'busy') expect(each.holder).toContain(`(run ${held})`);
    }
    for (const locks of all) locks.close();
  }
});

test('who was taken for dead says again what it has', async () => {
  const store = await openTemporary();
  const locks = anotherOn(store);
  expect((await locks.acquire(keyOf('k'))).kind).toBe('held');
  for (const file of readdirSync(join(store.root, 'locks')))
    rmSync(join(store.root, 'locks', file));
  expect((await locks.acquire(keyOf('other'))).kind).toBe('held');
  expect((await store.locks.acquire(keyOf('k'))).kind).toBe('busy');
});

test('locks that are held are touched every half a minute', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const store = await openTemporary();
    const held = await store.locks.acquire(keyOf('k'));
    const [file = ''] = readdirSync(join(store.root, 'locks'));
    const path = join(store.root, 'locks', file);
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
