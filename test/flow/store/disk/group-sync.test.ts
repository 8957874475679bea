import { join } from 'node:path';
import { expect, test } from 'vitest';
import { GroupSync, MANY } from '../../../../src/flow/store/disk/group-sync.ts';
import { filesIn, temporaryFolder } from '../temporary.ts';

/** fsync that ends when the test says so. */
function gated(): { readonly sync: (fd: number) => Promise<void>; readonly open: (() => void)[] } {
  const open: (() => void)[] = [];
  return { sync: () => new Promise((resolve) => open.push(resolve)), open };
}

/** Files are flushed one by one. */
const never = (): Promise<boolean> => Promise.resolve(false);

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('a name that the group under way has taken is waited for, and what comes meanwhile goes together', async () => {
  const { sync, open } = gated();
  const group = new GroupSync(true, never, sync);
  const folder = filesIn(temporaryFolder(), { a: '' });
  const ended: string[] = [];
  group.placed(folder);
  const first = group.names().then(() => ended.push('first'));
  await turn();
  const later = [
    group.names().then(() => ended.push('names')),
    group.file(1).then(() => ended.push('file')),
    group.file(2).then(() => ended.push('file')),
  ];
  await turn();
  expect([open.length, ended]).toEqual([1, []]);
  open[0]?.();
  await first;
  await turn();
  expect([open.length, ended]).toEqual([3, ['first']]);
  for (const each of open) each();
  await Promise.all(later);
});

test('who waits hears of the failure, and the next group goes on', async () => {
  const sync = new GroupSync(true, never);
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
  const sync = new GroupSync(false, never);
  sync.placed('/does/not/exist');
  await expect(Promise.all([sync.names(), sync.file(-1)])).resolves.toBeDefined();
});

test('a large group is flushed as a whole, and one by one where that cannot be', async () => {
  for (const works of [true, false]) {
    const calls: string[] = [];
    const group = new GroupSync(
      true,
      async () => {
        calls.push('all');
        return works;
      },
      async () => void calls.push('one'),
    );
    const files = (count: number): Promise<unknown> =>
      Promise.all(Array.from({ length: count }, (_, fd) => group.file(fd)));
    await files(MANY - 1);
    expect(calls).toEqual(Array.from({ length: MANY - 1 }, () => 'one'));
    calls.length = 0;
    await files(MANY);
    expect(calls).toEqual(['all', ...Array.from({ length: works ? 0 : MANY }, () => 'one')]);
  }
});

test('names are flushed when somebody waits for them, not with files', async () => {
  const calls: number[] = [];
  const group = new GroupSync(true, never, async (fd) => void calls.push(fd));
  group.placed(filesIn(temporaryFolder(), { a: '' }));
  await group.file(-1);
  expect(calls).toEqual([-1]);
  await group.names();
  expect(calls).toHaveLength(2);
  await group.names();
  expect(calls).toHaveLength(2);
});
