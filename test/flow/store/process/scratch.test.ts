import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ownIdentity } from '../../../../src/flow/store/process/process-identity.ts';
import { filesIn, openTemporary, temporaryFolder, value } from '../temporary.ts';

test('folders are new, empty and apart', async () => {
  const store = await openTemporary();
  const [a, b] = [store.scratch.create(), store.scratch.create()];
  expect(a).not.toBe(b);
  expect(readdirSync(a)).toEqual([]);
});

test('finished folders are removed together, soon, with read-only trees in them', async () => {
  const store = await openTemporary();
  const tree = value(
    await store.ingest(filesIn(join(temporaryFolder(), 't'), { 'a/b': '' }), 'move'),
  );
  const scratch = store.scratch.create();
  value(await store.materialise(tree, join(scratch, 'in'), 'read-only'));
  const others = Array.from({ length: 40 }, () => store.scratch.create());
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  for (const folder of [scratch, ...others]) store.scratch.remove(folder);
  expect(existsSync(scratch)).toBe(true);
  vi.advanceTimersByTime(10_000);
  vi.useRealTimers();
  await vi.waitUntil(() => ![scratch, ...others].some((folder) => existsSync(folder)), 20_000);
  expect(await store.has(tree)).toBe(true);
});

test('a folder without an owner is swept at once where the process that its name holds is gone', async () => {
  const store = await openTemporary();
  store.scratch.create();
  const [own = ''] = readdirSync(join(store.root, 'tmp'));
  const [, space = ''] = own.split('-');
  const folder = (pid: number, where: string) =>
    filesIn(join(store.root, 'tmp', `${pid}-${where}-1`), {});
  const { pid: gone = 0 } = spawnSync('true');
  const [dead, living, elsewhere] = [
    folder(gone, space),
    folder(process.pid, space),
    folder(
      gone,
      space.replace(/./, (digit) => (digit === '0' ? '1' : '0')),
    ),
  ];
  store.sweep();
  expect([dead, living, elsewhere].map((path) => existsSync(path))).toEqual([false, true, true]);
});

test('a folder of another host is swept only when it has been still for a day', async () => {
  const store = await openTemporary();
  const foreign = filesIn(join(store.root, 'tmp/1-00000abc-1'), {
    'owner.json': JSON.stringify({ ...ownIdentity(), host: 'elsewhere', pid: 1 }),
  });
  store.sweep();
  expect(existsSync(foreign)).toBe(true);
  utimesSync(foreign, new Date(0), new Date(0));
  store.sweep();
  expect(existsSync(foreign)).toBe(false);
});
