import {
  chmodSync,
  cpSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Artifact } from '../../../src/flow/core/artifact.ts';
import { actionKey } from '../../../src/flow/key/action/action-key.ts';
import type { ActionResult } from '../../../src/flow/store/records/action-result.ts';
import type { DiskStore } from '../../../src/flow/store/disk-store.ts';
import { actionPath, blobPath } from '../../../src/flow/store/layout.ts';
import { seal } from '../../../src/flow/store/disk/sealed.ts';
import { filesIn, openTemporary, resultOf, temporaryFolder, value } from './temporary.ts';

/** Under the key that its manifest has. */
async function published(
  store: DiskStore,
  name: string,
  outputs: Readonly<Record<string, Artifact>>,
): Promise<ActionResult> {
  const result = resultOf(name, outputs);
  const whole = { ...result, key: actionKey(result.manifest) };
  await store.publish(whole);
  return whole;
}

const bytes = (store: DiskStore, text: string, exec = false): Promise<Artifact> =>
  store.putBytes(Buffer.from(text), exec);

async function tree(store: DiskStore, files: Readonly<Record<string, string>>): Promise<Artifact> {
  const folder = filesIn(join(temporaryFolder(), 't'), files);
  return value(await store.ingest(folder, 'move'));
}

const placeOf = (store: DiskStore, { digest, ...more }: Artifact): string =>
  blobPath(store.root, digest, more.kind === 'file' && more.exec);

function spoil(path: string): void {
  const { atime, mtime } = statSync(path);
  const old = readFileSync(path);
  old[0] = (old[0] ?? 0) ^ 1;
  chmodSync(path, 0o644);
  writeFileSync(path, old);
  utimesSync(path, atime, mtime);
}

/** `kind path instance`, paths from the cache. */
async function findings(store: DiskStore, drop = true): Promise<readonly string[]> {
  const { found } = await store.verify({ drop });
  return found.map(({ what, path, instance }) =>
    [what, relative(store.root, path), ...(instance === undefined ? [] : [instance])].join(' '),
  );
}

const inCache = (store: DiskStore, path: string): string => relative(store.root, path);

describe('what verify reads', () => {
  test('is whole with files, executables, folders and what they hold', async () => {
    const store = await openTemporary();
    const folder = await tree(store, { 'a/b.txt': 'b', 'c/': '' });
    await published(store, 's', {
      o: await bytes(store, 'o'),
      x: await bytes(store, 'x', true),
      folder,
    });
    expect(await findings(store)).toEqual([]);
  });

  test('names who made a damaged blob, whichever of its outputs it is', async () => {
    const store = await openTemporary();
    const [one, two] = [await bytes(store, 'one'), await bytes(store, 'two', true)];
    const { key } = await published(store, 's', { one, two });
    spoil(placeOf(store, two));
    expect(await findings(store)).toEqual([
      `blob ${inCache(store, placeOf(store, two))} s`,
      `result ${inCache(store, actionPath(store.root, key))} s`,
    ]);
  });

  test('is no longer a result of another key because it is sealed', async () => {
    const store = await openTemporary();
    const result = await published(store, 's', { o: await bytes(store, 'o') });
    const path = actionPath(store.root, result.key);
    writeFileSync(path, seal({ ...result, manifest: { ...result.manifest, salt: 'other' } }));
    expect(await findings(store)).toEqual([`action ${inCache(store, path)}`]);
    expect(await findings(store)).toEqual([]);
  });

  test('is no folder whose listing is whole and none', async () => {
    const store = await openTemporary();
    const { digest, size } = await bytes(store, 'no listing');
    const result = { ...resultOf('s', { d: { kind: 'tree', digest, size } }) };
    const whole = { ...result, key: actionKey(result.manifest) };
    const path = actionPath(store.root, whole.key);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, seal(whole));
    expect(await findings(store)).toEqual([`result ${inCache(store, path)} s`]);
  });

  test('is a stray where a blob lies in another folder than its name says', async () => {
    const store = await openTemporary();
    const blob = placeOf(store, await bytes(store, 'o'));
    const elsewhere = join(store.root, 'cas', 'zz', blob.slice(-64));
    mkdirSync(dirname(elsewhere));
    renameSync(blob, elsewhere);
    expect(await findings(store)).toEqual([`stray ${inCache(store, elsewhere)}`]);
    expect(readFileSync(elsewhere, 'utf8')).toBe('o');
  });

  test('are the stats of files and every memo, but no folder of such a name', async () => {
    const store = await openTemporary();
    const memo = (name: string): string => join(store.root, 'memo', name);
    mkdirSync(memo('m-folder.json'), { recursive: true });
    for (const name of ['m-x.json', 'stat-cache.json', 'note.txt']) writeFileSync(memo(name), '{}');
    expect([...(await findings(store))].sort()).toEqual([
      'memo memo/m-x.json',
      'memo memo/stat-cache.json',
    ]);
    expect(await findings(store)).toEqual([]);
  });

  test('gets the mode and the time of its kind back', async () => {
    const store = await openTemporary();
    const blobs = [await bytes(store, 'o'), await bytes(store, 'x', true)];
    const modes = (): readonly number[] =>
      blobs.map((blob) => statSync(placeOf(store, blob)).mode & 0o777);
    const before = modes();
    const now = new Date();
    for (const blob of blobs) {
      chmodSync(placeOf(store, blob), 0o644);
      utimesSync(placeOf(store, blob), now, now);
    }
    expect(await findings(store, false)).toEqual([]);
    expect(modes()).toEqual([0o644, 0o644]);
    expect(statSync(placeOf(store, blobs[0] as Artifact)).mtime).toEqual(now);
    expect(await findings(store)).toEqual([]);
    expect(modes()).toEqual(before);
  });
});

test('where it is only to tell, all damage is told again and again, and nothing changes', async () => {
  const store = await openTemporary();
  const folder = await tree(store, { 'a/b.txt': 'b' });
  const first = await published(store, 'first', { folder, o: await bytes(store, 'o') });
  const second = await published(store, 'second', { p: await bytes(store, 'p') });
  const record = actionPath(store.root, second.key);
  const memo = join(store.root, 'memo', 'm-x.json');
  const run = join(store.root, 'runs', '20261124-000000-000000', 'run.json');
  for (const path of [memo, run]) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, '{}');
  }
  truncateSync(record, 40);
  // Of a folder the listing: what it lists can no longer be known.
  spoil(placeOf(store, folder));
  const all = [
    `action ${inCache(store, record)}`,
    `blob ${inCache(store, placeOf(store, folder))} first`,
    `result ${inCache(store, actionPath(store.root, first.key))} first`,
    `memo ${inCache(store, memo)}`,
    `run ${inCache(store, run)}`,
  ];
  for (let time = 0; time < 2; time++) expect(await findings(store, false)).toEqual(all);
  expect(await findings(store)).toEqual(all);
  expect(await findings(store)).toEqual([]);
});

describe('beside others', () => {
  test('a result that is published while blobs are read is not held against those read before', async () => {
    const [store, other] = [await openTemporary(), await openTemporary()];
    await bytes(store, 'here before');
    await published(other, 's', { o: await bytes(other, 'new'), x: await bytes(other, 'newer') });
    await other.close();
    let arrived = false;
    const { found } = await store.verify({
      drop: true,
      progress: () => {
        if (arrived) return;
        arrived = true;
        for (const name of ['cas', 'actions']) {
          cpSync(join(other.root, name), join(store.root, name), { recursive: true, preserveTimestamps: true }); // prettier-ignore
        }
      },
    });
    expect([arrived, found]).toEqual([true, []]);
    expect(await findings(store)).toEqual([]);
  });

  test('a result that gc takes with its blobs while they are read is no damage', async () => {
    const store = await openTemporary();
    const outputs = {
      o: await bytes(store, 'o'),
      p: await bytes(store, 'p'),
      q: await bytes(store, 'q'),
    };
    const { key } = await published(store, 's', outputs);
    const { found } = await store.verify({
      drop: true,
      progress: () => {
        rmSync(actionPath(store.root, key), { force: true });
        for (const blob of Object.values(outputs)) rmSync(placeOf(store, blob), { force: true });
      },
    });
    expect(found).toEqual([]);
  });
});
