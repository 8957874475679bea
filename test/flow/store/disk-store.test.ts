import {
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Digest } from '../../../src/flow/core/ids.ts';
import { actionPath, blobPath } from '../../../src/flow/store/layout.ts';
import {
  failure,
  filesIn,
  keyOf,
  openTemporary,
  resultOf,
  temporaryFolder,
  value,
} from './temporary.ts';

test('a whole record under the name of another key is no result of it', async () => {
  const store = await openTemporary();
  const artifact = await store.putBytes(Buffer.from('a'), false);
  await store.publish(resultOf('a', { o: artifact }));
  const other = actionPath(store.root, keyOf('b'));
  mkdirSync(dirname(other), { recursive: true });
  linkSync(actionPath(store.root, keyOf('a')), other);
  expect(await store.action(keyOf('b'))).toBeUndefined();
  expect(existsSync(other)).toBe(false);
  expect(await store.action(keyOf('a'))).toBeDefined();
});

test('a record cut off at any byte is absent, reported and dropped', async () => {
  const store = await openTemporary();
  const result = resultOf('k', { out: await store.putBytes(Buffer.from('1'), false) });
  await store.publish(result);
  const path = actionPath(store.root, result.key);
  const whole = readFileSync(path);
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    expect(await store.action(result.key)).toBeUndefined();
    expect(existsSync(path)).toBe(false);
  }
  writeFileSync(path, whole);
  expect(await store.action(result.key)).toEqual(result);
});

test('a record under a key that is not its own is absent', async () => {
  const store = await openTemporary();
  const result = resultOf('one', { out: await store.putBytes(Buffer.from('1'), false) });
  await store.publish(result);
  await store.publish({ ...result, key: keyOf('two') });
  writeFileSync(
    actionPath(store.root, keyOf('two')),
    readFileSync(actionPath(store.root, result.key)),
  );
  expect(await store.action(keyOf('two'))).toBeUndefined();
});

test('a damaged record is reported to whoever listens, once, even when found earlier', async () => {
  const store = await openTemporary();
  const result = resultOf('k', { out: await store.putBytes(Buffer.from('1'), false) });
  await store.publish(result);
  const path = actionPath(store.root, result.key);
  writeFileSync(path, '{');
  await store.action(result.key);
  const told: string[] = [];
  store.onDamage((damage) => told.push(`${damage.what} ${damage.path}`));
  expect(told).toEqual([`action ${path}`]);
});

test('a result whose blob is gone is no hit, and is published anew', async () => {
  const store = await openTemporary();
  const out = await store.putBytes(Buffer.from('1'), false);
  const result = resultOf('k', { out });
  await store.publish(result);
  expect(await store.hasOutputs(result.provenance.instance, result.outputs)).toBe(true);
  unlinkSync(blobPath(store.root, out.digest, false));
  expect(await store.hasOutputs(result.provenance.instance, result.outputs)).toBe(false);
  await store.putBytes(Buffer.from('1'), false);
  const other = resultOf('k', { out: await store.putBytes(Buffer.from('2'), false) });
  unlinkSync(blobPath(store.root, out.digest, false));
  expect(await store.publish(other)).toEqual({ kind: 'published', differing: [] });
  expect(await store.action(result.key)).toEqual(other);
});

test('a tree without one of its files or its listing is not had', async () => {
  const store = await openTemporary();
  const folder = filesIn(join(temporaryFolder(), 'tree'), { a: '1', b: '2' });
  const tree = value(await store.ingest(folder, 'copy'));
  const [a] = value(await store.list(tree));
  if (a?.type !== 'file') throw new Error('a file was expected');
  unlinkSync(blobPath(store.root, a.digest, false));
  expect(await store.has(tree)).toBe(false);
  const path = join(temporaryFolder(), 'out');
  expect(failure(await store.materialise(tree, path, 'read-only')).code).toBe('missing-blob');
  expect(existsSync(path)).toBe(false);
  value(await store.ingest(folder, 'copy'));
  expect(await store.has(tree)).toBe(true);
  unlinkSync(blobPath(store.root, tree.digest, false));
  expect(await store.has(tree)).toBe(false);
});

test('an output with a second link is copied, so that the link cannot change the blob', async () => {
  const store = await openTemporary();
  const work = filesIn(temporaryFolder(), { 'tree/a': 'one' });
  linkSync(join(work, 'tree/a'), join(work, 'outside'));
  const tree = value(await store.ingest(join(work, 'tree'), 'move'));
  writeFileSync(join(work, 'outside'), 'two');
  expect(await store.has(tree)).toBe(true);
  const file = value(await store.find(tree, 'a'));
  if (file === undefined) throw new Error('a is in the tree');
  expect(value(await store.readText(file))).toBe('one');
});

test('equal contents are one inode', async () => {
  const store = await openTemporary();
  const work = filesIn(temporaryFolder(), { a: 'same', b: 'same' });
  const a = value(await store.ingest(join(work, 'a'), 'move'));
  const inode = statSync(blobPath(store.root, a.digest, false)).ino;
  value(await store.ingest(join(work, 'b'), 'move'));
  expect(statSync(blobPath(store.root, a.digest, false)).ino).toBe(inode);
});

test('a file inside a tree is found by its path, and nothing else is', async () => {
  const store = await openTemporary();
  const tree = value(
    await store.ingest(filesIn(join(temporaryFolder(), 't'), { 'm/config.json': '{}' }), 'move'),
  );
  expect(value(await store.find(tree, 'm/config.json'))).toMatchObject({ kind: 'file', size: 2 });
  expect(value(await store.find(tree, ''))).toBe(tree);
  expect(value(await store.find(tree, 'm'))).toBeUndefined();
  expect(value(await store.find(tree, 'm/absent'))).toBeUndefined();
});

test('all results can be walked', async () => {
  const store = await openTemporary();
  for (const name of ['a', 'b', 'c']) await store.publish(resultOf(name, {}));
  const names: string[] = [];
  for await (const result of store.actions()) names.push(result.provenance.instance);
  expect(names.sort()).toEqual(['a', 'b', 'c']);
});

test('a large source is hashed first, and copied when it is kept', async () => {
  const store = await openTemporary(undefined, { maxCopiedSource: 4 });
  const work = filesIn(temporaryFolder(), { 'data/large': 'large', 'data/tiny': 'tiny' });
  const source = value(await store.source(join(work, 'data')));
  const [large] = source.large;
  const blob = blobPath(store.root, large?.digest as Digest, false);
  expect(existsSync(blob)).toBe(false);
  expect(store.bytesToKeep([source, source])).toBe(store.bytesToKeep([source]));
  expect(await store.keepSource(source)).toBe(true);
  expect(store.bytesToKeep([source])).toBe(0);
  expect(readFileSync(blob, 'utf8')).toBe('large');
  value(await store.materialise(source.artifact, join(work, 'in'), 'read-only'));
  expect(lstatSync(join(work, 'in/large')).isFile()).toBe(true);
  const later = value(await store.source(join(work, 'data')));
  writeFileSync(join(work, 'data/large'), 'LARGE');
  unlinkSync(blob);
  expect(await store.keepSource(later)).toBe(false);
});

test('a large source that is not kept is linked where it lies, and its change is noticed', async () => {
  const store = await openTemporary(undefined, { maxCopiedSource: 4 });
  const work = filesIn(temporaryFolder(), { 'data/large': 'large', 'data/tiny': 'tiny' });
  const source = value(await store.source(join(work, 'data')));
  expect(source.large.map(({ path }) => path)).toEqual([join(work, 'data/large')]);
  expect(await store.has(source.artifact)).toBe(true);
  value(await store.materialise(source.artifact, join(work, 'in'), 'read-only'));
  expect(readFileSync(join(work, 'in/large'), 'utf8')).toBe('large');
  expect(await store.checkUntouched(source.artifact, join(work, 'in'))).toBe(true);
  expect(await store.sourceUnchanged(source)).toBe(true);
  writeFileSync(join(work, 'data/large'), 'LARGE');
  expect(await store.sourceUnchanged(source)).toBe(false);
});

test('a source that holds the cache is refused', async () => {
  const work = temporaryFolder();
  const store = await openTemporary(join(work, 'cache'));
  expect(failure(await store.source(work))).toMatchObject({ code: 'unreadable' });
});

test('contentOf names what ingest would store, and stores nothing', async () => {
  const store = await openTemporary();
  const folder = filesIn(join(temporaryFolder(), 't'), { a: '1', 'e/': '' });
  const content = value(await store.contentOf(folder));
  expect(await store.has(content)).toBe(false);
  expect(value(await store.ingest(folder, 'copy'))).toEqual(content);
});

test('close leaves nothing in tmp', async () => {
  const store = await openTemporary();
  store.scratch.create();
  await store.putBytes(Buffer.from('1'), false);
  await store.close();
  expect(readdirSync(join(store.root, 'tmp'))).toEqual([]);
});

test('a blob of an earlier process counts as new from the moment in which it is used again', async () => {
  const earlier = await openTemporary();
  const { digest } = await earlier.putBytes(Buffer.from('1'), false);
  await earlier.close();
  const path = blobPath(earlier.root, digest, false);
  const before = statSync(path, { bigint: true });
  await delay(20);
  const store = await openTemporary(earlier.root);
  await store.putBytes(Buffer.from('1'), false);
  const after = statSync(path, { bigint: true });
  expect(after.ctimeNs > before.ctimeNs).toBe(true);
  expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
});
