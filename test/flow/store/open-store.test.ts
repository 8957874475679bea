import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../../src/flow/store/open-store.ts';
import { failure, keyOf, openTemporary, resultOf, temporaryFolder, value } from './temporary.ts';

test('an opened cache says its layout, and opens again', async () => {
  const store = await openTemporary();
  expect(readFileSync(join(store.root, 'VERSION'), 'utf8')).toBe('2\n');
  expect((await openStore(store.root)).ok).toBe(true);
});

test('a cache of a newer layout is refused with a way out', async () => {
  const store = await openTemporary();
  writeFileSync(join(store.root, 'VERSION'), '3\n');
  expect(failure(await openStore(store.root))).toEqual({
    code: 'newer-cache',
    message: `the cache at ${store.root} has layout "3", but this flow uses layout 2`,
    hint: 'use the flow that wrote it, or choose another folder with --cache or FLOW_CACHE',
  });
});

test('a cache of an older layout is taken over by who may, without its results', async () => {
  const before = await openTemporary();
  const blob = await before.putBytes(Buffer.from('kept'), false);
  await before.publish(resultOf('a', { o: blob }));
  await before.close();
  writeFileSync(join(before.root, 'VERSION'), '1\n');
  expect(failure(await openStore(before.root))).toMatchObject({
    code: 'older-cache',
    hint: expect.stringContaining('flow run'),
  });
  const store = await openTemporary(before.root, { upgrade: true });
  const told: string[] = [];
  store.onDamage(({ message }) => told.push(message));
  expect(told).toEqual([
    'an older flow wrote this cache (layout 1), so flow computes its results again',
  ]);
  expect(await store.action(keyOf('a'))).toBeUndefined();
  expect(await store.has(blob)).toBe(true);
  expect(value(await openStore(store.root)).root).toBe(store.root);
});

test('a folder with a VERSION of something else is left alone', async () => {
  const store = await openTemporary();
  writeFileSync(join(store.root, 'VERSION'), 'v8.1\n');
  const refused = failure(await openStore(store.root, { upgrade: true }));
  expect(refused.code).toBe('not-a-cache');
});

test('a file is no cache', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, 'mine');
  expect(failure(await openStore(file))).toEqual({
    code: 'not-a-cache',
    message: `flow does not use ${file} as its cache, because it is not a folder`,
    hint: 'choose another folder with --cache or FLOW_CACHE',
  });
  expect(readFileSync(file, 'utf8')).toBe('mine');
});

test('a cache that cannot be made says so', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  expect(failure(await openStore(join(file, 'cache'))).code).toBe('unwritable');
});
