import {
  chmodSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  statSync,
  truncateSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Artifact } from '../../../src/flow/core/artifact.ts';
import type { DiskStore } from '../../../src/flow/store/disk-store.ts';
import { BLOB_MTIME_S, blobPath } from '../../../src/flow/store/layout.ts';
import { failure, filesIn, openTemporary, temporaryFolder, value } from './temporary.ts';

// With fsync, what was just stored is used before it is on disk: `BlobSeal`.
describe.each([
  { where: 'on disk', fsync: false },
  { where: 'not yet on disk', fsync: true },
])('what is changed behind the store, $where', ({ fsync }) => {
  let store: DiskStore;
  let work: string;
  let file: Artifact;
  let blob: string;

  beforeEach(async () => {
    store = await openTemporary(undefined, { fsync });
    work = temporaryFolder();
    file = await store.putBytes(Buffer.from('hello'), false);
    blob = blobPath(store.root, file.digest, false);
  });

  // What is larger than 1 MiB is a hard link, where there are no reflinks.
  const LARGE = 'x'.repeat((1 << 20) + 1);
  const edited = LARGE.replace('x', 'y');

  test('an in-place edit of a link is noticed and the blob dropped', async () => {
    const large = await store.putBytes(Buffer.from(LARGE), false);
    const path = join(work, 'in.txt');
    value(await store.materialise(large, path, 'read-only'));
    expect(await store.checkUntouched(large, path)).toBe(true);
    if (statSync(path).nlink === 1) return;
    chmodSync(path, 0o644);
    writeFileSync(path, edited);
    expect(await store.checkUntouched(large, path)).toBe(false);
    expect(await store.has(large)).toBe(false);
  });

  test('an edit of a link that puts size and mtime back is noticed by its bytes', async () => {
    const large = await store.putBytes(Buffer.from(LARGE), false);
    const path = join(work, 'in.txt');
    value(await store.materialise(large, path, 'read-only'));
    const { atime, mtime } = statSync(path);
    chmodSync(path, 0o644);
    writeFileSync(path, edited);
    utimesSync(path, atime, mtime);
    const isLink = statSync(path).nlink > 1;
    expect(await store.checkUntouched(large, path, 1)).toBe(false);
    expect(await store.has(large)).toBe(!isLink);
  });

  test('an edit of a copy is noticed, and the blob stays', async () => {
    const path = join(work, 'in.txt');
    value(await store.materialise(file, path, 'read-only'));
    expect(statSync(path)).toMatchObject({ nlink: 1, mtimeMs: BLOB_MTIME_S * 1000 });
    const { atime, mtime } = statSync(path);
    chmodSync(path, 0o644);
    writeFileSync(path, 'HELLO');
    utimesSync(path, atime, mtime);
    expect(await store.checkUntouched(file, path)).toBe(false);
    expect(existsSync(blob)).toBe(true);
  });

  test('a shorter blob is noticed under its own mtime', async () => {
    const { atime, mtime } = statSync(blob);
    chmodSync(blob, 0o644);
    truncateSync(blob, 4);
    utimesSync(blob, atime, mtime);
    expect(store.looksWhole(file)).toBe(false);
    expect(await store.has(file)).toBe(false);
  });

  test('a file that was removed counts as changed', async () => {
    const path = join(work, 'in.txt');
    value(await store.materialise(file, path, 'read-only'));
    unlinkSync(path);
    expect(await store.checkUntouched(file, path)).toBe(false);
  });

  test('an edit of one file of a tree is noticed', async () => {
    const tree = value(
      await store.ingest(filesIn(join(work, 't'), { 'a/b': '1', c: '2' }), 'move'),
    );
    value(await store.materialise(tree, join(work, 'in'), 'read-only'));
    expect(await store.checkUntouched(tree, join(work, 'in'))).toBe(true);
    chmodSync(join(work, 'in/a/b'), 0o644);
    writeFileSync(join(work, 'in/a/b'), '3');
    expect(await store.checkUntouched(tree, join(work, 'in'))).toBe(false);
  });

  test.each(['a/new', 'new'])('a file that was added to a tree is noticed: %s', async (name) => {
    const files = filesIn(join(work, 't'), { 'a/b': '1', c: '2', 'empty/': '' });
    const tree = value(await store.ingest(files, 'move'));
    const path = join(work, 'in');
    value(await store.materialise(tree, path, 'read-only'));
    expect(await store.checkUntouched(tree, path)).toBe(true);
    chmodSync(join(path, dirname(name)), 0o755);
    writeFileSync(join(path, name), '3');
    expect(await store.checkUntouched(tree, path)).toBe(false);
  });

  test('a truncated blob is dropped at the next look and stored again', async () => {
    truncateSync(blob, 2);
    const told: string[] = [];
    store.onDamage((damage) => told.push(damage.path));
    expect(await store.has(file)).toBe(false);
    expect(told).toEqual([blob]);
    await store.putBytes(Buffer.from('hello'), false);
    expect(await store.has(file)).toBe(true);
    expect(readFileSync(blob, 'utf8')).toBe('hello');
  });

  test('same-length bytes under a new mtime are no base for deduplication', async () => {
    chmodSync(blob, 0o644);
    writeFileSync(blob, 'HELLO');
    await store.putBytes(Buffer.from('hello'), false);
    expect(readFileSync(blob, 'utf8')).toBe('hello');
  });

  test('good bytes under a wrong mtime, as from a restored backup, are kept', async () => {
    const before = statSync(blob);
    utimesSync(blob, new Date(), new Date());
    expect(await store.has(file)).toBe(true);
    expect(statSync(blob)).toMatchObject({ ino: before.ino, mtimeMs: BLOB_MTIME_S * 1000 });
  });

  test('a flip that keeps mtime and size is found when the bytes are read or copied', async () => {
    const { atime, mtime } = statSync(blob);
    const flip = (): void => {
      chmodSync(blob, 0o644);
      writeFileSync(blob, 'hellO');
      utimesSync(blob, atime, mtime);
    };
    flip();
    expect(failure(await store.read(file)).code).toBe('damaged-blob');
    expect(existsSync(blob)).toBe(false);
    await store.putBytes(Buffer.from('hello'), false);
    flip();
    expect(failure(await store.materialise(file, join(work, 'x'), 'writable')).code).toBe(
      'damaged-blob',
    );
    expect(existsSync(join(work, 'x'))).toBe(false);
    expect(existsSync(blob)).toBe(false);
  });

  test('a tree whose listing is not a listing is damaged, not an error', async () => {
    const tree: Artifact = { kind: 'tree', size: 0, digest: file.digest };
    expect(failure(await store.list(tree)).code).toBe('damaged-blob');
    expect(await store.has(tree)).toBe(false);
  });

  test('a copy in the work tree shares no inode with the cache', async () => {
    const path = join(work, 'figures/x.svg');
    value(await store.checkout(file, path, { replace: false }));
    expect(statSync(path).nlink).toBe(1);
    writeFileSync(path, 'edited');
    expect(value(await store.readText(file))).toBe('hello');
  });

  test('a large blob is hashed when it is stored, and for a copy only where its stat is another', async () => {
    const later = await openTemporary(undefined, { clock: () => Date.now() + 60_000 });
    const large = await later.putBytes(Buffer.alloc(65 << 20, 'x'), false);
    const stored = blobPath(later.root, large.digest, false);
    const remembered = () => later.stats.lookup(stored, statSync(stored, { bigint: true }));
    expect(remembered()).toBe(large.digest);
    chmodSync(stored, 0o644);
    chmodSync(stored, 0o444);
    expect(remembered()).toBeUndefined();
    value(await later.materialise(large, join(work, 'first'), 'writable'));
    expect(remembered()).toBe(large.digest);
    value(await later.materialise(large, join(work, 'second'), 'writable'));

    const { atime, mtime } = statSync(stored);
    chmodSync(stored, 0o644);
    const file = openSync(stored, 'r+');
    writeSync(file, 'y', 12_345);
    closeSync(file);
    utimesSync(stored, atime, mtime);
    expect(remembered()).toBeUndefined();
    const copied = await later.materialise(large, join(work, 'third'), 'writable');
    expect(failure(copied).code).toBe('damaged-blob');
    expect(existsSync(join(work, 'third'))).toBe(false);
    expect(existsSync(stored)).toBe(false);
  });
});
