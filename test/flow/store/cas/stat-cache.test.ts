import { readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { digestBytes } from '../../../../src/flow/key/digest.ts';
import { UNTRUSTED_MS } from '../../../../src/flow/key/files/file-times.ts';
import { StatCache } from '../../../../src/flow/store/cas/stat-cache.ts';
import { Workspace } from '../../../../src/flow/store/process/workspace.ts';
import { openTemporary, temporaryFolder, value } from '../temporary.ts';

const digest = digestBytes('first');
let root: string;
let path: string;
let workspace: Workspace;

beforeEach(() => {
  root = temporaryFolder();
  path = join(root, 'file');
  writeFileSync(path, 'first');
  workspace = new Workspace(root);
});

const stat = () => statSync(path, { bigint: true });
/** The moment in which the file was last changed. */
const now = () => Number(stat().ctimeMs);
const later = () => Date.now() + UNTRUSTED_MS + 1;

test('a file that changed within the last moments is not remembered', () => {
  const cache = new StatCache(root, workspace);
  cache.remember(path, stat(), now(), digest);
  expect(cache.lookup(path, stat())).toBeUndefined();
  cache.remember(path, stat(), later(), digest);
  expect(cache.lookup(path, stat())).toBe(digest);
});

test('a file whose times lie ahead of the clock is not remembered, for the clock may pass there again', () => {
  const cache = new StatCache(root, workspace);
  for (const behind of [1, 3_600_000]) cache.remember(path, stat(), now() - behind, digest);
  expect(cache.lookup(path, stat())).toBeUndefined();
});

test('an old mtime put on a new file does not make it trusted: its ctime is new', () => {
  const cache = new StatCache(root, workspace);
  utimesSync(path, 1_000_000_000, 1_000_000_000);
  cache.remember(path, stat(), now(), digest);
  expect(cache.lookup(path, stat())).toBeUndefined();
});

test('a file written again at once, with its old mtime put back, is noticed', () => {
  const cache = new StatCache(root, workspace);
  cache.remember(path, stat(), later(), digest);
  const before = stat();
  writeFileSync(path, 'other');
  utimesSync(path, Number(before.atimeMs) / 1000, Number(before.mtimeMs) / 1000);
  expect(cache.lookup(path, stat())).toBeUndefined();
});

test.each(['size', 'mtimeNs', 'ctimeNs', 'dev', 'ino'] as const)(
  'another %s, and nothing else, is another file',
  (field) => {
    const cache = new StatCache(root, workspace);
    cache.remember(path, stat(), later(), digest);
    const other = stat();
    other[field] += 1n;
    expect(cache.lookup(path, other)).toBeUndefined();
    expect(cache.lookup(path, stat())).toBe(digest);
  },
);

test('digests survive the process, beside those that another process saved', () => {
  const [one, two] = [new StatCache(root, workspace), new StatCache(root, workspace)];
  one.remember(path, stat(), later(), digest);
  one.save();
  two.remember('/other', stat(), later(), digest);
  two.save();
  const reopened = new StatCache(root, workspace);
  expect(reopened.lookup(path, stat())).toBe(digest);
  expect(reopened.lookup('/other', stat())).toBe(digest);
});

test('cut off at any byte, it knows nothing and is no error', () => {
  const cache = new StatCache(root, workspace);
  cache.remember(path, stat(), later(), digest);
  cache.save();
  const saved = join(root, 'memo/stat-cache.json');
  const whole = readFileSync(saved);
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(saved, whole.subarray(0, length));
    expect(new StatCache(root, workspace).lookup(path, stat())).toBeUndefined();
  }
});

test('a source whose stat is known is not read again', async () => {
  const store = await openTemporary(join(root, 'cache'), { clock: later });
  const first = value(await store.source(path));
  await store.close();
  const again = await openTemporary(join(root, 'cache'), { clock: later });
  // A false entry shows that the digest comes from the cache: the blob of `first` is what is had.
  const other = await again.putBytes(Buffer.from('wrong'), false);
  again.stats.remember(path, stat(), later(), other.digest);
  expect(value(await again.source(path)).artifact).toEqual({
    ...first.artifact,
    digest: other.digest,
  });
});

test('a file of the cache itself is remembered a tick after its times were set, where they are finer than a second', () => {
  const remembered = (ms: number, ctimeNs = stat().ctimeNs): boolean => {
    const cache = new StatCache(root, workspace, () => now() + ms);
    const then = Object.assign(stat(), { ctimeNs });
    cache.rememberOwn(path, then, digest);
    return cache.lookup(path, then) === digest;
  };
  const fine = (stat().ctimeNs / 1_000_000_000n) * 1_000_000_000n + 1n;
  const second = fine - 1n;
  expect(remembered(5_000, fine)).toBe(true);
  expect(remembered(5_000, second)).toBe(false);
  expect(remembered(1)).toBe(false);
  expect(remembered(-5_000)).toBe(false);
});
