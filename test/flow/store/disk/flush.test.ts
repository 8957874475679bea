import { closeSync, fstatSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Flush, INTERVAL_MS, WHOLE_SYNC_MIN_FILES } from '../../../../src/flow/store/disk/flush.ts';
import type { Unflushed } from '../../../../src/flow/store/disk/flush.ts';
import { filesIn, temporaryFolder } from '../temporary.ts';

/** fsync that ends when the test says so. */
function gated(): { readonly sync: (fd: number) => Promise<void>; readonly open: (() => void)[] } {
  const open: (() => void)[] = [];
  return { sync: () => new Promise((resolve) => open.push(resolve)), open };
}

/** Files are flushed one by one. */
const never = (): Promise<boolean> => Promise.resolve(false);

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A file that notes what becomes of it. */
function file(folder: string, name: string, became: string[] = []): Unflushed {
  const path = join(folder, name);
  writeFileSync(path, name);
  return {
    path,
    flushed: (fd) => became.push(`${name} flushed ${fstatSync(fd).size}`),
    lost: () => became.push(`${name} lost`),
  };
}

test('what comes within an interval goes together, and what comes later in the next group', async () => {
  const { sync, open } = gated();
  const flush = new Flush(true, never, sync);
  const folder = temporaryFolder();
  const ended: string[] = [];
  const begun = performance.now();
  flush.written(file(folder, 'first', ended));
  const first = flush.group().then(() => ended.push('first'));
  // Nothing was flushed before: it does not wait.
  while (open.length < 1) await wait(5);
  expect(performance.now() - begun).toBeLessThan(INTERVAL_MS);
  flush.written(file(folder, 'a', ended));
  const together = [flush.group(), flush.group()].map((group) =>
    group.then(() => ended.push('together')),
  );
  for (const each of open.splice(0)) each();
  await first;
  flush.placed(folder);
  expect(ended).toEqual(['first flushed 5', 'first']);
  while (open.length < 2) await wait(5);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(INTERVAL_MS - 1);
  flush.written(file(folder, 'b', ended));
  for (const each of open.splice(0)) each();
  await Promise.all(together);
  expect(ended.slice(2)).toEqual(['a flushed 1', 'together', 'together']);
});

test('who is in a hurry does not wait for the interval, nor does who closes the store', async () => {
  const flush = new Flush(true, never, async () => undefined);
  const folder = temporaryFolder();
  const became: string[] = [];
  await flush.group();
  const begun = performance.now();
  flush.written(file(folder, 'a', became));
  const group = flush.group();
  flush.hurry();
  await group;
  flush.written(file(folder, 'b', became));
  await flush.all();
  expect(became).toEqual(['a flushed 1', 'b flushed 1']);
  expect(performance.now() - begun).toBeLessThan(INTERVAL_MS);
});

test('who waits hears of a failure, what the disk refused is lost, and the next group goes on', async () => {
  const refuses = new Set<number>();
  const flush = new Flush(true, never, async (fd) => {
    if (refuses.has(fstatSync(fd).ino)) throw Object.assign(new Error('EIO'), { code: 'EIO' });
  });
  const folder = temporaryFolder();
  const became: string[] = [];
  const [bad, good] = [file(folder, 'bad', became), file(folder, 'good', became)];
  const fd = openSync(bad.path, 'r');
  refuses.add(fstatSync(fd).ino);
  closeSync(fd);
  flush.written(bad);
  flush.written(good);
  await expect(Promise.allSettled([flush.group(), flush.group()])).resolves.toMatchObject([
    { status: 'rejected', reason: { code: 'EIO' } },
    { status: 'rejected' },
  ]);
  expect(became.toSorted()).toEqual(['bad lost', 'good flushed 4']);
  flush.placed(join(folder, 'gone'));
  await expect(flush.all()).resolves.toBeUndefined();
});

test('a file that is gone by then is no failure', async () => {
  const flush = new Flush(true, never);
  const became: string[] = [];
  flush.written({ ...file(temporaryFolder(), 'a', became), path: '/does/not/exist' });
  await flush.group();
  expect(became).toEqual([]);
});

test('without it, nothing is waited for', async () => {
  const flush = new Flush(false, never);
  flush.placed('/does/not/exist');
  flush.written({ ...file(temporaryFolder(), 'a'), path: '/does/not/exist' });
  await expect(Promise.all([flush.group(), flush.now(-1), flush.all()])).resolves.toBeDefined();
});

test('a large group is flushed as a whole, and one by one where that cannot be', async () => {
  const folder = temporaryFolder();
  for (const works of [true, false]) {
    const calls: string[] = [];
    const flush = new Flush(
      true,
      async () => {
        calls.push('all');
        return works;
      },
      async () => void calls.push('one'),
    );
    const flushed = async (count: number): Promise<number> => {
      const became: string[] = [];
      for (let at = 0; at < count; at += 1) flush.written(file(folder, `f${at}`, became));
      await flush.group();
      return became.length;
    };
    expect(await flushed(WHOLE_SYNC_MIN_FILES - 1)).toBe(WHOLE_SYNC_MIN_FILES - 1);
    expect(calls).toEqual(Array.from({ length: WHOLE_SYNC_MIN_FILES - 1 }, () => 'one'));
    calls.length = 0;
    expect(await flushed(WHOLE_SYNC_MIN_FILES)).toBe(WHOLE_SYNC_MIN_FILES);
    expect(calls).toEqual([
      'all',
      ...Array.from({ length: works ? 0 : WHOLE_SYNC_MIN_FILES }, () => 'one'),
    ]);
  }
});

test('a name for which nobody waits is on disk some seconds later', async () => {
  const calls: number[] = [];
  const flush = new Flush(true, never, async (fd) => void calls.push(fd));
  const folder = filesIn(temporaryFolder(), { a: '' });
  flush.placedLast(folder);
  flush.written(file(folder, 'b'));
  await flush.group();
  expect(calls).toHaveLength(1);
  await wait(3_000);
  expect(calls).toHaveLength(2);
});
