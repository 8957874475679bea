import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesIn, openTemporary, temporaryFolder, value } from './temporary.ts';

test('folders are new, empty and apart', async () => {
  const store = await openTemporary();
  const [a, b] = [await store.scratch.create(), await store.scratch.create()];
  expect(a).not.toBe(b);
  expect(readdirSync(a)).toEqual([]);
});

test('a folder with read-only trees is removed', async () => {
  const store = await openTemporary();
  const tree = value(
    await store.ingest(filesIn(join(temporaryFolder(), 't'), { 'a/b': '' }), 'move'),
  );
  const scratch = await store.scratch.create();
  value(await store.materialise(tree, join(scratch, 'in'), 'link'));
  await store.scratch.remove(scratch);
  expect(existsSync(scratch)).toBe(false);
  expect(await store.has(tree)).toBe(true);
});
