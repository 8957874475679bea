import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openTemporary } from '../temporary.ts';

test('remembers across processes, name by name', async () => {
  const store = await openTemporary();
  await store.memo.put('a.b', { x: [1, null] });
  await store.memo.put('a.b', { x: [2, null] });
  const other = await openTemporary(store.root);
  expect(await other.memo.get('a.b')).toEqual({ x: [2, null] });
  expect(await other.memo.get('a.c')).toBeUndefined();
});

test('cut off at any byte, a memo is absent', async () => {
  const store = await openTemporary();
  await store.memo.put('m', { x: 12 });
  const path = join(store.root, 'memo/m-m.json');
  const whole = readFileSync(path);
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    expect(await store.memo.get('m')).toBeUndefined();
  }
});

test('with any byte changed, a memo is absent', async () => {
  const store = await openTemporary();
  await store.memo.put('m', { x: 12 });
  const path = join(store.root, 'memo/m-m.json');
  const whole = readFileSync(path);
  for (let at = 0; at < whole.length; at++) {
    const damaged = Buffer.from(whole);
    damaged[at] = (whole[at] ?? 0) ^ 1;
    writeFileSync(path, damaged);
    expect(await store.memo.get('m')).toBeUndefined();
  }
});
