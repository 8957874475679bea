import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyOf, openTemporary } from './temporary.ts';

const key = keyOf('k');

test('a first attempt starts empty; the next gets its files under a new name', async () => {
  const store = await openTemporary();
  const first = store.checkpoints.open(key);
  expect(first.resumed).toBe(false);
  writeFileSync(join(first.path, 'epoch'), '3');
  const second = store.checkpoints.open(key);
  expect(second.resumed).toBe(true);
  expect(readFileSync(join(second.path, 'epoch'), 'utf8')).toBe('3');
  expect(() => writeFileSync(join(first.path, 'epoch'), '4')).toThrow('ENOENT');
});

test('set aside, it is kept for a person but not offered, and no name returns', async () => {
  const store = await openTemporary();
  const first = store.checkpoints.open(key);
  writeFileSync(join(first.path, 'epoch'), '3');
  store.checkpoints.setAside(key);
  const second = store.checkpoints.open(key);
  expect(second.resumed).toBe(false);
  expect(second.path).not.toBe(first.path);
  expect(readFileSync(join(second.path, '../aside-1/epoch'), 'utf8')).toBe('3');
  store.checkpoints.setAside(key);
  expect(readdirSync(join(second.path, '..'))).toEqual(['aside-2']);
});

test('dropped, nothing stays', async () => {
  const store = await openTemporary();
  const checkpoint = store.checkpoints.open(key);
  const { path } = checkpoint;
  writeFileSync(join(path, 'epoch'), '3');
  store.checkpoints.drop(checkpoint, false);
  expect(readdirSync(join(store.root, 'checkpoints'))).toEqual([]);
  store.checkpoints.drop(checkpoint, false);
  store.checkpoints.setAside(key);
});
