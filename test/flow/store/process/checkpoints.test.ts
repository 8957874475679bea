import { readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
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
  store.checkpoints.drop(checkpoint, false);
  expect(readdirSync(join(store.root, 'checkpoints'))).toEqual([]);
  store.checkpoints.drop(checkpoint, false);
  store.checkpoints.setAside(key);
});

/** A file system may give a removed folder's inode out again, but not with its time of birth. */
const bornAt = (path: string): bigint => statSync(path, { bigint: true }).birthtimeNs;

/** Is the folder of a stage that was dropped the next one's? */
async function servesAgain(alone: boolean, saved: boolean): Promise<boolean> {
  const store = await openTemporary();
  const first = store.checkpoints.open(key);
  const born = bornAt(first.path);
  // The times of a file system tick.
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (saved) {
    writeFileSync(join(first.path, 'epoch'), '3');
    rmSync(join(first.path, 'epoch'));
  }
  store.checkpoints.drop(first, alone);
  expect(readdirSync(join(store.root, 'checkpoints'))).toEqual([]);
  const second = store.checkpoints.open(keyOf('next'));
  expect([second.resumed, readdirSync(second.path)]).toEqual([false, []]);
  return bornAt(second.path) === born && second.path !== first.path;
}

test('a folder in which nothing was ever saved serves the next key, if its stage is surely gone', async () => {
  expect(await servesAgain(true, false)).toBe(true);
  expect(await servesAgain(true, true)).toBe(false);
  expect(await servesAgain(false, false)).toBe(false);
});
