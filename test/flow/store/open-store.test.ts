import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../../src/flow/store/open-store.ts';
import { failure, openTemporary, temporaryFolder } from './temporary.ts';

test('an opened cache says its layout, and opens again', async () => {
  const store = await openTemporary();
  expect(readFileSync(join(store.root, 'VERSION'), 'utf8')).toBe('1\n');
  expect((await openStore(store.root)).ok).toBe(true);
});

test('a cache of a newer layout is refused with a way out', async () => {
  const store = await openTemporary();
  writeFileSync(join(store.root, 'VERSION'), '2\n');
  expect(failure(await openStore(store.root))).toEqual({
    code: 'newer-cache',
    message: `the cache at ${store.root} has layout "2"; this flow knows 1`,
    hint: 'use the flow that wrote it, or another folder with --cache or FLOW_CACHE',
  });
});

test('a cache that cannot be made says so', async () => {
  const file = join(temporaryFolder(), 'file');
  writeFileSync(file, '');
  expect(failure(await openStore(join(file, 'cache'))).code).toBe('unwritable');
});
