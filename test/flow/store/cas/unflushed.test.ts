import { chmodSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, statSync, utimesSync, writeFileSync, writeSync } from 'node:fs'; // prettier-ignore
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { digestBytes } from '../../../../src/flow/key/digest.ts';
import { BlobSeal } from '../../../../src/flow/store/cas/blob-seal.ts';
import { StatCache } from '../../../../src/flow/store/cas/stat-cache.ts';
import { Flush } from '../../../../src/flow/store/disk/flush.ts';
import type { DiskStore } from '../../../../src/flow/store/disk-store.ts';
import { BLOB_MTIME_S, blobPath, UNFLUSHED_MTIME_S } from '../../../../src/flow/store/layout.ts';
import { Workspace } from '../../../../src/flow/store/process/workspace.ts';
import { filesIn, keyOf, openTemporary, resultOf, temporaryFolder, value } from '../temporary.ts';

const mtimeS = (path: string): number => statSync(path).mtimeMs / 1000;

let store: DiskStore;
let work: string;

beforeEach(async () => {
  store = await openTemporary(undefined, { fsync: true });
  work = temporaryFolder();
});

describe('a result that is not on disk yet', () => {
  test('is used by this process at once, and by others once its bytes were compared', async () => {
    const tree = value(await store.ingest(filesIn(join(work, 't'), { a: '1' }), 'move'));
    const [entry] = value(await store.list(tree));
    if (entry?.type !== 'file') throw new Error('a is a file');
    const blob = blobPath(store.root, entry.digest, false);
    expect(mtimeS(blob)).toBe(UNFLUSHED_MTIME_S);
    expect(store.looksWhole(tree)).toBe(true);
    value(await store.materialise(tree, join(work, 'in'), 'read-only'));
    expect(await store.checkUntouched(tree, join(work, 'in'))).toBe(true);
    expect(mtimeS(blob)).toBe(UNFLUSHED_MTIME_S);

    const other = await openTemporary(store.root, { fsync: true });
    expect(other.looksWhole(tree)).toBe(false);
    expect(await other.has(tree)).toBe(true);
    expect(mtimeS(blob)).toBe(BLOB_MTIME_S);
  });

  test('has its record when it is on disk, and its input was left as it was', async () => {
    const out = await store.putBytes(Buffer.from('1'), false);
    const path = join(work, 'in');
    value(await store.materialise(out, path, 'read-only'));
    const published = store.publish(resultOf('k', { out }));
    expect(await store.action(keyOf('k'))).toBeUndefined();
    await published;
    expect(await store.action(keyOf('k'))).toBeDefined();
    expect(mtimeS(path)).toBe(BLOB_MTIME_S);
    expect(await store.checkUntouched(out, path, 1)).toBe(true);
  });

  test('has none when a stage has edited what it holds meanwhile', async () => {
    const out = await store.putBytes(Buffer.from('one'), false);
    const published = store.publish(resultOf('k', { out }));
    const blob = blobPath(store.root, out.digest, false);
    chmodSync(blob, 0o644);
    writeFileSync(blob, 'two');
    expect(await published).toEqual({ kind: 'lost', output: 'out' });
    expect(await store.action(keyOf('k'))).toBeUndefined();
  });

  test('that a power cut has torn is taken neither for whole nor for known', async () => {
    const bytes = Buffer.from('some bytes');
    const torn = blobPath(store.root, digestBytes(bytes), false);
    mkdirSync(dirname(torn), { recursive: true });
    writeFileSync(torn, Buffer.alloc(bytes.length));
    utimesSync(torn, UNFLUSHED_MTIME_S, UNFLUSHED_MTIME_S);
    const out = await store.putBytes(bytes, false);
    expect(readFileSync(torn)).toEqual(bytes);
    await store.publish(resultOf('k', { out }));
    expect(mtimeS(torn)).toBe(BLOB_MTIME_S);
  });
});

test('what the disk has refused is dropped, and not believed for being there', async () => {
  const root = join(work, 'cache');
  const flush = new Flush(true, async () => false, refuse);
  const seal = new BlobSeal(root, flush, new StatCache(root, new Workspace(root)));
  const blob = { digest: digestBytes('x'), size: 1, exec: false };
  writeFileSync(join(work, 'x'), 'x');
  await seal.place(join(work, 'x'), blob);
  const path = blobPath(root, blob.digest, false);
  expect([existsSync(path), seal.isUnflushed(path)]).toEqual([true, true]);
  await expect(flush.group()).rejects.toMatchObject({ code: 'EIO' });
  expect([existsSync(path), seal.isUnflushed(path)]).toEqual([false, false]);
});

describe('a process that still has an output open', () => {
  const small = 1024 * 1024;

  test('cannot change a small one once it was hashed', async () => {
    const path = join(work, 'o');
    writeFileSync(path, Buffer.alloc(small, 'a'));
    const fd = openSync(path, 'r+');
    const out = value(
      await store.ingest(path, 'move', { quiet: () => Promise.reject(new Error()) }),
    );
    writeSync(fd, 'changed');
    closeSync(fd);
    expect(value(await store.read(out))).toEqual(Buffer.alloc(small, 'a'));
  });

  test('is waited for once before a larger one is moved', async () => {
    const large = 'a'.repeat(small + 1);
    const folder = filesIn(join(work, 'd'), { 'x/one': large, two: large, small: '1' });
    const asked: boolean[] = [];
    const quiet = async (): Promise<void> => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      asked.push(existsSync(join(folder, 'two')));
    };
    const tree = value(await store.ingest(folder, 'move', { quiet }));
    expect(asked).toEqual([true]);
    expect(existsSync(join(folder, 'small'))).toBe(true);
    expect(store.looksWhole(tree)).toBe(true);
  });

  test('makes a larger one refused that it changed until then', async () => {
    const path = join(work, 'o');
    writeFileSync(path, Buffer.alloc(small + 1, 'a'));
    const quiet = async (): Promise<void> => writeFileSync(path, Buffer.alloc(small + 1, 'b'));
    expect(await store.ingest(path, 'move', { quiet })).toMatchObject({
      error: { code: 'changed' },
    });
  });
});

function refuse(): Promise<void> {
  return Promise.reject(Object.assign(new Error(), { code: 'EIO' }));
}
