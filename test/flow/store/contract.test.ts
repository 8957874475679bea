import { existsSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe } from 'vitest';
import type { DiskStore } from '../../../src/flow/store/disk-store.ts';
import { collectGarbage } from '../../../src/flow/store/gc/gc.ts';
import { removeTree } from '../../../src/flow/store/disk/remove-tree.ts';
import { describeStore } from './store-contract.ts';
import { openTemporary, temporaryFolder } from './temporary.ts';

const ends: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

describeStore('DiskStore', () => openTemporary());
describeStore('DiskStore with fsync', () => openTemporary(undefined, { fsync: true }));

describeStore('DiskStore that a gc clears again and again', async () => {
  const root = join(temporaryFolder(), 'cache');
  const store = await openTemporary(root);
  let going = true;
  const gc = clear(root, () => going);
  ends.push(async () => {
    going = false;
    await gc;
    await store.close();
  });
  return store;
});

async function clear(root: string, going: () => boolean): Promise<void> {
  while (going()) {
    const other: DiskStore = await openTemporary(root);
    const done = await collectGarbage(other, { youngMs: 0, keepRuns: 1, maxBytes: 1 });
    await other.close();
    if (!done.ok) throw new Error(`gc: ${JSON.stringify(done.error)}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

const MEMORY = '/dev/shm';

/** What is ingested and materialised lies on another file system: nothing can be linked or moved. */
describe.skipIf(!existsSync(MEMORY))('on another file system than its user', () => {
  describeStore('DiskStore', async () => {
    const folder = mkdtempSync(join(MEMORY, 'flow-store-'));
    const store = await openTemporary(join(folder, 'cache'));
    ends.push(async () => {
      await store.close();
      removeTree(folder);
    });
    return store;
  });
});
