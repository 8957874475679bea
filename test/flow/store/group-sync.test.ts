import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GroupSync } from '../../../src/flow/store/group-sync.ts';
import { filesIn, temporaryFolder } from './temporary.ts';

test('names that were placed before are waited for, also while a group is under way', async () => {
  const sync = new GroupSync(true);
  const folder = filesIn(temporaryFolder(), { a: '' });
  const fd = openSync(join(folder, 'a'), 'r');
  const order: string[] = [];
  const file = sync.file(fd).then(() => order.push('file'));
  // The first group has been formed by the next turn, and is at the disk.
  await Promise.resolve();
  sync.placed(folder);
  const names = sync.names().then(() => order.push('names'));
  await Promise.all([file, names]);
  closeSync(fd);
  expect(order).toEqual(['file', 'names']);
});

test('who waits hears of the failure, and the next group goes on', async () => {
  const sync = new GroupSync(true);
  const folder = filesIn(temporaryFolder(), { a: '' });
  const failed = sync.file(9_999);
  sync.placedLast(folder);
  await expect(Promise.allSettled([failed, sync.all()])).resolves.toMatchObject([
    { status: 'rejected', reason: { code: 'EBADF' } },
    { status: 'rejected' },
  ]);
  sync.placed(join(folder, 'gone'));
  await expect(sync.all()).resolves.toBeUndefined();
});

test('without it, nothing is waited for', async () => {
  const sync = new GroupSync(false);
  sync.placed('/does/not/exist');
  await expect(Promise.all([sync.names(), sync.file(-1)])).resolves.toBeDefined();
});
