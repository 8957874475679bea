import { chmodSync, linkSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blobPath } from '../../../src/flow/store/layout.ts';
import { errorCode } from '../../../src/flow/core/system-error.ts';
import { openTemporary, value } from './temporary.ts';

/** ext4 allows 65,000 names of a file; others that allow more are not filled up. */
const MOST = 66_000;

test('a blob that can have no further link is copied, read-only, and an edit of it is noticed', async (context) => {
  const store = await openTemporary();
  const file = await store.putBytes(Buffer.from('hello'), false);
  const blob = blobPath(store.root, file.digest, false);
  const links = join(store.root, 'links');
  mkdirSync(links);
  let full = false;
  for (let i = 0; i < MOST && !full; i += 1) {
    try {
      linkSync(blob, join(links, String(i)));
    } catch (error) {
      if (errorCode(error) !== 'EMLINK') throw error;
      full = true;
    }
  }
  if (!full) context.skip('this file system allows more links than are worth making');
  const scratch = store.scratch.create();
  const path = join(scratch, 'in');
  value(await store.materialise(file, path, 'read-only'));
  expect(readFileSync(path, 'utf8')).toBe('hello');
  expect(statSync(path)).toMatchObject({ nlink: 1, mode: 0o100444 });
  expect(await store.checkUntouched(file, path)).toBe(true);
  chmodSync(path, 0o644);
  writeFileSync(path, 'HELLO');
  expect(await store.checkUntouched(file, path)).toBe(false);
  expect(await store.has(file)).toBe(true);
});
