import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyOf, openTemporary } from './temporary.ts';

const key = keyOf('k');

test('a first attempt starts empty; the next gets its files under a new name', async () => {
  const store = await openTemporary();
  const first = await store.checkpoints.open(key);
  expect(first.resumed).toBe(false);
  writeFileSync(join(first.path, 'epoch'), '3');
  const second = await store.checkpoints.open(key);
  expect(second.resumed).toBe(true);
  expect(readFileSync(join(second.path, 'epoch'), 'utf8')).toBe('3');
  expect(() => writeFileSync(join(first.path, 'epoch'), '4')).toThrow('ENOENT');
});

test('set aside, it is kept for a person but not offered, and no name returns', async () => {
  const store = await openTemporary();
  const first = await store.checkpoints.open(key);
  writeFileSync(join(first.path, 'epoch'), '3');
  await store.checkpoints.setAside(key);
  const second = await store.checkpoints.open(key);
  expect(second.resumed).toBe(false);
  expect(second.path).not.toBe(first.path);
  expect(readFileSync(join(second.path, '../aside-1/epoch'), 'utf8')).toBe('3');
  await store.checkpoints.setAside(key);
  expect(readdirSync(join(second.path, '..'))).toEqual(['aside-2']);
});

test('dropped, nothing stays', async () => {
  const store = await openTemporary();
  const { path } = await store.checkpoints.open(key);
  writeFileSync(join(path, 'epoch'), '3');
  await store.checkpoints.drop(key);
  expect(readdirSync(join(store.root, 'checkpoints'))).toEqual([]);
  await store.checkpoints.drop(key);
  await store.checkpoints.setAside(key);
});
