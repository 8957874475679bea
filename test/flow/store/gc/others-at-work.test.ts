import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ownIdentity } from '../../../../src/flow/store/process/process-identity.ts';
import { filesIn, keyOf } from '../temporary.ts';
import { age, bytesOf, Cache } from './cache.ts';

test('what another process leased, or stored since it began, stays, also on a host that cannot be asked', async () => {
  for (const host of [{}, { host: 'elsewhere' }, { pidNamespace: 'pid:[1]' }]) {
    const cache = new Cache();
    await cache.publish('leased', { o: await cache.put('1') });
    await cache.publish('lost', { o: await cache.put('2') });
    const tree = await cache.putTree({ f: 'in a tree' });
    await cache.pause();
    filesIn(join(cache.root, 'tmp', '2-00000000-1'), {
      'owner.json': JSON.stringify({ ...ownIdentity(), ...host }),
      lease: `key ${keyOf('leased')}\ntree ${tree.digest}\n`,
    });
    await cache.pause();
    const since = await cache.put('since');
    await cache.gc();
    expect(await cache.action('leased')).toBeDefined();
    expect(await cache.action('lost')).toBeUndefined();
    expect(await cache.has(bytesOf('1'))).toBe(true);
    expect(await cache.has(bytesOf('2'))).toBe(false);
    expect(await cache.has(since)).toBe(true);
    expect(await cache.has(tree)).toBe(true);
  }
});

test('a lease ends with its process: at once on this host, after a day of silence on another', async () => {
  for (const [owner, days] of [
    [{ boot: 'earlier' }, 0],
    [{ host: 'elsewhere' }, 2],
  ] as const) {
    const cache = new Cache();
    await cache.publish('leased', { o: await cache.put('1') });
    const folder = filesIn(join(cache.root, 'tmp', '2-00000000-1'), {
      'owner.json': JSON.stringify({ ...ownIdentity(), ...owner }),
      lease: `key ${keyOf('leased')}\n`,
    });
    if (days > 0) age(folder, days);
    await cache.gc();
    expect(await cache.action('leased')).toBeUndefined();
  }
});

test('a run on another host stays while its process may live, and counts as ended after', async () => {
  const cache = new Cache();
  const id = await cache.run([], { state: 'running', host: 'elsewhere', pid: 7 });
  await cache.run([]);
  const folder = filesIn(join(cache.root, 'tmp', '7-00000000-1'), {
    'owner.json': JSON.stringify({ ...ownIdentity(), host: 'elsewhere', pid: 7 }),
  });
  await cache.gc({ keepRuns: 1 });
  expect(await cache.runs.list()).toContain(id);
  age(folder, 2);
  await cache.gc({ keepRuns: 1 });
  expect(await cache.runs.list()).not.toContain(id);
});

test('two gcs do not work at once', async () => {
  const cache = new Cache();
  await cache.run([]);
  await cache.open(async (store) => {
    expect((await store.locks.acquireGc()).kind).toBe('held');
    await expect(cache.gc()).rejects.toThrow(/flow gc/);
  });
});
