import {
  chmodSync,
  lstatSync,
  readFileSync,
  readdirSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import type { DiskStore } from '../../../src/flow/store/disk-store.ts';
import { blobPath } from '../../../src/flow/store/layout.ts';
import { failure, filesIn, openTemporary, temporaryFolder, value } from './temporary.ts';

let store: DiskStore;

beforeEach(async () => {
  store = await openTemporary();
});

test('an input is one read-only file that all who read it under its name share', async () => {
  const file = await store.putBytes(Buffer.from('hello'), true);
  const [first, second] = await Promise.all([
    store.view.place(file, 'a.txt'),
    store.view.place(file, 'a.txt'),
  ]);
  expect(value(first)).toBe(value(second));
  const { path, folder } = value(first);
  expect(readdirSync(folder)).toEqual(['a.txt']);
  expect(lstatSync(path)).toMatchObject({ mode: 0o100555, size: 5 });
  expect(statSync(folder).mode & 0o777).toBe(0o555);
});

test('equal bytes under two names are two files', async () => {
  const file = await store.putBytes(Buffer.from('hello'), false);
  const [a, b] = [
    value(await store.view.place(file, 'a.txt')),
    value(await store.view.place(file, 'b.txt')),
  ];
  expect([a, b].map(({ path }) => basename(path))).toEqual(['a.txt', 'b.txt']);
  expect(readdirSync(a.folder)).toEqual(['a.txt']);
});

test('a second reader changes no time of an input, large or small, and neither does its end', async () => {
  const files = filesIn(join(temporaryFolder(), 't'), { small: 'x', large: 'x'.repeat(2 << 20) });
  const tree = value(await store.ingest(files, 'move'));
  const { path } = value(await store.view.place(tree, 't'));
  const times = () =>
    ['', 'small', 'large'].map((name) => lstatSync(join(path, name), { bigint: true }).ctimeNs);
  const before = times();
  const again = value(await store.view.place(tree, 't'));
  expect(await store.view.untouched(again)).toBe(true);
  expect(times()).toEqual(before);
});

test('a changed input is found by everybody who read it, and is not given to others', async () => {
  const file = await store.putBytes(Buffer.from('hello'), false);
  const readers = [
    value(await store.view.place(file, 'a.txt')),
    value(await store.view.place(file, 'a.txt')),
  ];
  const path = readers[0]?.path ?? '';
  chmodSync(path, 0o644);
  writeFileSync(path, 'HELLO');
  for (const reader of readers) expect(await store.view.untouched(reader)).toBe(false);
  const next = value(await store.view.place(file, 'a.txt'));
  expect(next.path).not.toBe(path);
  expect(readFileSync(next.path, 'utf8')).toBe('hello');
  expect(await store.view.untouched(next)).toBe(true);
});

test('a file that appears beside an input is a change', async () => {
  const file = await store.putBytes(Buffer.from('hello'), false);
  const viewed = value(await store.view.place(file, 'a.txt'));
  chmodSync(viewed.folder, 0o755);
  writeFileSync(join(viewed.folder, 'other'), '');
  expect(await store.view.untouched(viewed)).toBe(false);
});

test('a damaged small blob is found when it is placed, and can be placed when it is whole again', async () => {
  const file = await store.putBytes(Buffer.from('hello'), false);
  const blob = blobPath(store.root, file.digest, false);
  const { atime, mtime } = statSync(blob);
  chmodSync(blob, 0o644);
  writeFileSync(blob, 'HELLO');
  utimesSync(blob, atime, mtime);
  expect(failure(await store.view.place(file, 'a.txt')).code).toBe('damaged-blob');
  await store.putBytes(Buffer.from('hello'), false);
  expect(readFileSync(value(await store.view.place(file, 'a.txt')).path, 'utf8')).toBe('hello');
});
