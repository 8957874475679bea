import { existsSync, mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { DiskStore } from '../../../src/flow/store/disk-store.ts';
import { removeTree } from '../../../src/flow/store/disk/remove-tree.ts';
import { filesIn, openTemporary, temporaryFolder, value } from './temporary.ts';

const MEMORY = '/dev/shm';

/** A folder in memory is on another file system: link(2) and rename(2) say EXDEV. */
const isOther = existsSync(MEMORY) && statSync(MEMORY).dev !== statSync(temporaryFolder()).dev;

describe.skipIf(!isOther)('across file systems (skipped where /dev/shm is none)', () => {
  let store: DiskStore;
  let there: string;

  beforeEach(async () => {
    store = await openTemporary();
    there = mkdtempSync(join(MEMORY, 'flow-store-'));
  });

  afterEach(() => removeTree(there));

  test('inputs are copied, read-only, and an edit is noticed as with links', async () => {
    const file = await store.putBytes(Buffer.from('hello'), true);
    const path = join(there, 'in');
    value(await store.materialise(file, path, 'read-only'));
    expect(readFileSync(path, 'utf8')).toBe('hello');
    expect(statSync(path)).toMatchObject({ nlink: 1 });
    expect(statSync(path).mode & 0o777).toBe(0o555);
    expect(await store.checkUntouched(file, path)).toBe(true);
    removeTree(path);
    writeFileSync(path, 'HELLO');
    expect(await store.checkUntouched(file, path)).toBe(false);
    expect(await store.has(file)).toBe(true);
  });

  test('outputs are copied in, also whole folders', async () => {
    const tree = value(await store.ingest(filesIn(join(there, 't'), { 'a/b': '1' }), 'move'));
    expect(await store.has(tree)).toBe(true);
  });
});
