import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { hexOf } from '../../../../src/flow/key/digest.ts';
import { headOf } from '../../../../src/flow/store/process/claims.ts';
import { ownIdentity } from '../../../../src/flow/store/process/process-identity.ts';
import { filesIn, keyOf, resultOf } from '../temporary.ts';
import { age, Cache } from './cache.ts';

test('without limits all runs stay, and what none of them lists goes', async () => {
  const cache = new Cache();
  await cache.publish('listed', { o: await cache.put('1') });
  await cache.publish('lost', { o: await cache.put('2') });
  await cache.run(['listed']);
  expect((await cache.gc()).collected).toMatchObject({ runs: 0, results: 1, blobs: 1 });
  expect(await cache.action('listed')).toBeDefined();
  expect(await cache.action('lost')).toBeUndefined();
});

test('what is new stays, until it is not', async () => {
  const cache = new Cache();
  await cache.publish('lost', { o: await cache.put('2') });
  const { plan, collected } = await cache.gc({ youngMs: 60_000 });
  expect(collected).toMatchObject({ results: 0, blobs: 0 });
  expect(plan.results).toMatchObject([{ goes: false, why: 'young' }]);
  expect((await cache.gc()).collected).toMatchObject({ results: 1, blobs: 1 });
});

test('sources, code and the bundle of a result that stays, stay', async () => {
  const cache = new Cache();
  const [source, code, bundle] = [
    await cache.put('source'),
    await cache.put('code'),
    await cache.put('bundle'),
  ];
  const result = resultOf('a', { o: await cache.put('1') });
  await cache.open((store) =>
    store.publish({
      ...result,
      manifest: {
        ...result.manifest,
        command: { kind: 'ts', bundle: bundle.digest },
        inputs: { i: { as: 'i', kind: 'file', exec: false, digest: source.digest } },
      },
      provenance: { ...result.provenance, codeFiles: { 'k.ts': code.digest } },
    }),
  );
  await cache.run(['a']);
  await cache.put('garbage');
  expect((await cache.gc()).collected).toMatchObject({ blobs: 1 });
  for (const artifact of [source, code, bundle]) expect(await cache.has(artifact)).toBe(true);
});

test('of a folder that a result read all files stay, and of executables nothing is forgotten', async () => {
  const cache = new Cache();
  const folder = await cache.putTree({ 'a/b.txt': 'b', 'c.txt': 'c' });
  const result = resultOf('a', { o: await cache.put('1') });
  await cache.open((store) =>
    store.publish({
      ...result,
      manifest: {
        ...result.manifest,
        inputs: { i: { as: 'i', kind: 'tree', exec: false, digest: folder.digest } },
      },
    }),
  );
  await cache.run(['a']);
  const program = await cache.open((store) => store.putBytes(Buffer.from('garbage'), true));
  expect((await cache.gc()).collected).toMatchObject({ blobs: 1 });
  expect([await cache.has(folder), await cache.has(program)]).toEqual([true, false]);
});

test('a checkpoint is as old as the newest that lies in it', async () => {
  const cache = new Cache();
  await cache.put('1');
  const folder = join(cache.root, 'checkpoints', hexOf(keyOf('a')));
  filesIn(folder, { '1/model': 'm', '1/state': 's' });
  for (const name of ['1/model', '1/state', '1', '']) age(join(folder, name), 40);
  age(join(folder, '1'), 1);
  expect((await cache.preview()).checkpoints).toEqual([]);
  age(join(folder, '1'), 40);
  expect((await cache.preview()).checkpoints).toHaveLength(1);
});

test('by age goes what was used last before, also where no run lists it', async () => {
  const cache = new Cache();
  const old = new Date(Date.now() - 40 * 86_400_000).toISOString();
  for (const name of ['old', 'both', 'new', 'lost'])
    await cache.publish(name, { o: await cache.put(name) });
  for (const name of ['old', 'both', 'new', 'lost']) {
    const hex = hexOf(keyOf(name));
    age(join(cache.root, 'actions', hex.slice(0, 2), `${hex}.json`), name === 'new' ? 1 : 40);
  }
  await cache.run(['old', 'both'], { startedAt: old });
  await cache.run(['both']);
  const { plan } = await cache.gc({ olderThanMs: 30 * 86_400_000 });
  expect(Object.fromEntries(plan.results.map((each) => [each.result.instance, each.why]))).toEqual({
    old: 'old',
    both: 'run',
    new: 'recent',
    lost: 'old',
  });
});

test('by size the oldest runs go first, and what newer ones share with them stays', async () => {
  const cache = new Cache();
  for (const name of ['one', 'two', 'three', 'shared'])
    await cache.publish(name, { o: await cache.put(name.repeat(10_000)) });
  for (const name of ['one', 'two', 'three']) await cache.run([name, 'shared']);
  const { bytesBefore } = await cache.preview();
  const { plan } = await cache.gc({ maxBytes: bytesBefore - 1 });
  expect(plan.runs.map(({ verdict }) => verdict.why)).toEqual(['newest', 'fits', 'size']);
  expect(await cache.action('one')).toBeUndefined();
  for (const name of ['two', 'three', 'shared']) expect(await cache.action(name)).toBeDefined();
  const tiny = await cache.gc({ maxBytes: 1 });
  expect(tiny.plan.fits).toBe(false);
  expect(await cache.action('three')).toBeDefined();
  expect(await cache.runs.list()).toHaveLength(1);
});

test('a cache of which a run was lost to a crash is cleaned of it', async () => {
  const cache = new Cache();
  await cache.run([]);
  const half = join(cache.root, 'runs', '20261101-000000-000000');
  mkdirSync(half);
  age(half, 1);
  const dead = join(cache.root, 'tmp', '1-0000dead-1');
  filesIn(dead, { 'owner.json': JSON.stringify({ ...ownIdentity(), boot: 'earlier' }), big: 'x' });
  const lock = join(cache.root, 'locks', '1-00000000-0');
  filesIn(join(cache.root, 'locks'), {});
  writeFileSync(lock, headOf({ ...ownIdentity(), boot: 'earlier', label: '' }));
  await cache.gc();
  for (const path of [half, dead, lock]) expect(existsSync(path)).toBe(false);
});

test('a checkpoint stays while its stage may go on from it, for a month', async () => {
  const cache = new Cache();
  await cache.publish('done', { o: await cache.put('1') });
  await cache.run(['done']);
  const folder = (name: string): string => join(cache.root, 'checkpoints', hexOf(keyOf(name)));
  for (const name of ['done', 'going', 'forgotten']) filesIn(join(folder(name), '1'), { s: '1' });
  for (const path of ['1/s', '1', '.']) age(join(folder('forgotten'), path), 31);
  await cache.gc();
  expect(existsSync(folder('going'))).toBe(true);
  expect(existsSync(folder('done'))).toBe(false);
  expect(existsSync(folder('forgotten'))).toBe(false);
});

test('memos go after a month, but not those that say which exports are flow’s', async () => {
  const cache = new Cache();
  const bundle = await cache.put('bundle');
  await cache.open(async (store) => {
    await store.memo.put('closure', { code: bundle.digest });
    await store.memo.put('export-x', 1);
  });
  await cache.run([]);
  await cache.gc();
  expect(await cache.has(bundle)).toBe(true);
  const memo = (name: string): string => join(cache.root, 'memo', `m-${name}.json`);
  age(memo('closure'), 31);
  age(memo('export-x'), 31);
  await cache.gc();
  expect([existsSync(memo('closure')), existsSync(memo('export-x'))]).toEqual([false, true]);
  expect(await cache.has(bundle)).toBe(false);
});

test('runs of equal files in two projects are two pipelines', async () => {
  const cache = new Cache();
  for (const root of ['/one', '/two', '/two']) await cache.run([], { root });
  const { plan } = await cache.gc({ keepRuns: 1 });
  expect(plan.runs.map(({ verdict }) => verdict.goes)).toEqual([false, true, false]);
});

test('what has no name of flow stays, whatever its age', async () => {
  const cache = new Cache();
  await cache.put('1');
  const mine = [
    'checkpoints/mymodel/weights',
    'tmp/thesis/chapter',
    'runs/mine/notes',
    'actions/ab/mine.json',
    'cas/ab/mine',
    'memo/mine.json',
  ];
  filesIn(cache.root, Object.fromEntries(mine.map((name) => [name, 'text'])));
  for (const name of mine) {
    age(join(cache.root, name), 90);
    age(join(cache.root, name, '..'), 90);
  }
  await cache.gc({ olderThanMs: 1, maxBytes: 1, keepRuns: 1 });
  for (const name of mine) expect(existsSync(join(cache.root, name))).toBe(true);
});
