import { readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { keyOf, openTemporary } from '../temporary.ts';

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

test('links in it are files, wherever they lead, and a removed one has lost what was saved', async () => {
  const store = await openTemporary();
  const first = store.checkpoints.open(key);
  writeFileSync(join(first.path, 'epoch'), '3');
  symlinkSync('/', join(first.path, 'root'));
  symlinkSync('.', join(first.path, 'self'));
  const second = store.checkpoints.open(key);
  expect(second.before.split('\0').map((line) => line.split(' ')[0])).toEqual(['epoch', 'root', 'self']); // prettier-ignore
  expect(store.checkpoints.progressed(second)).toBe(false);
  symlinkSync('epoch', join(second.path, 'latest'));
  expect(store.checkpoints.progressed(second)).toBe(true);
  rmSync(second.path, { recursive: true });
  expect(store.checkpoints.progressed(second)).toBe(true);
});

test('dropped, nothing stays', async () => {
  const store = await openTemporary();
  const checkpoint = store.checkpoints.open(key);
  const { path } = checkpoint;
  writeFileSync(join(path, 'epoch'), '3');
  await store.checkpoints.drop(checkpoint);
  expect(readdirSync(join(store.root, 'checkpoints'))).toEqual([]);
  await store.checkpoints.drop(checkpoint);
  store.checkpoints.setAside(key);
});
