import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Mounts } from '../../../../src/flow/key/files/mounts.ts';
import { Watcher } from '../../../../src/flow/key/files/watch.ts';
import { openStore } from '../../../../src/flow/store/open-store.ts';
import { removeTree } from '../../../../src/flow/store/disk/remove-tree.ts';

const settled = (): number => Date.now() + 5000;

let folder: string;
let place: string;
let file: string;

const run = (program: string, ...args: readonly string[]): void => {
  execFileSync(program, args, { stdio: 'ignore' });
};

/** An image with one file; the other one has the same names, sizes, times and inodes. */
function makeImages(): void {
  mkdirSync(join(folder, 'content'));
  writeFileSync(join(folder, 'content/rows.txt'), 'the first rows\n');
  run('mkfs.ext4', '-q', '-d', join(folder, 'content'), join(folder, 'one'), '1M');
  const bytes = readFileSync(join(folder, 'one'));
  bytes.write('the other rows\n', bytes.indexOf('the first rows\n'));
  writeFileSync(join(folder, 'two'), bytes);
}

const mount = (image: string): void => run('mount', '-o', 'loop,ro', join(folder, image), place);
const unmount = (): void => run('umount', place);

/** Whether this user may mount images here. */
function canMount(): boolean {
  folder = mkdtempSync(join(tmpdir(), 'flow-mounts-'));
  place = join(folder, 'place');
  mkdirSync(place);
  try {
    makeImages();
    mount('one');
    unmount();
    return true;
  } catch {
    return false;
  } finally {
    removeTree(folder);
  }
}

function swap(): void {
  const before = statSync(file, { bigint: true });
  unmount();
  mount('two');
  const { size, mtimeNs, ctimeNs, dev, ino } = statSync(file, { bigint: true });
  expect({ size, mtimeNs, ctimeNs, dev, ino }).toEqual({
    size: before.size,
    mtimeNs: before.mtimeNs,
    ctimeNs: before.ctimeNs,
    dev: before.dev,
    ino: before.ino,
  });
}

/** As a new command finds it. */
async function digest(): Promise<string> {
  const store = await openStore(join(folder, 'cache'), { fsync: false, clock: settled });
  if (!store.ok) throw new Error(store.error.message);
  const source = await store.value.source(file);
  await store.value.close();
  if (!source.ok) throw new Error(source.error.message);
  return source.value.artifact.digest;
}

function identity(): string | undefined {
  return new Mounts(folder).identity(file, statSync(file, { bigint: true }).dev);
}

describe.skipIf(!canMount())('an image mounted in place of another (skipped without root)', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'flow-mounts-'));
    place = join(folder, 'place');
    file = join(place, 'rows.txt');
    mkdirSync(place);
    makeImages();
    mount('one');
  });

  afterEach(() => {
    unmount();
    removeTree(folder);
  });

  test('gives a source its new digest', async () => {
    const first = await digest();
    expect(await digest()).toBe(first);
    swap();
    expect(await digest()).not.toBe(first);
  });

  test('changes what watches code', async () => {
    const watch = await new Watcher(folder, settled).take('file', file);
    expect(watch.stamp).toContain('/dev/loop');
    expect(await new Watcher(folder, settled).renew([watch])).toEqual([watch]);
    swap();
    expect(await new Watcher(folder, settled).renew([watch])).toBeUndefined();
  });

  test('is told also where its file has the place of the other one', () => {
    const first = identity();
    unmount();
    copyFileSync(join(folder, 'two'), join(folder, 'one'));
    mount('one');
    expect(identity()).not.toBe(first);
  });

  test('is no news while it stays mounted, and nothing for the mount of the cache', () => {
    const { dev } = statSync(file, { bigint: true });
    const first = identity();
    expect(first).toMatch(/^ext4 \/dev\/loop\d+ \S+one \d/);
    expect(identity()).toBe(first);
    expect(new Mounts(place).identity(file, dev)).toBe('');
  });
});

test('a file system in memory is known by its type and source', () => {
  const memory = '/dev/shm';
  const { dev } = statSync(memory, { bigint: true });
  if (process.platform !== 'linux' || dev === statSync(tmpdir(), { bigint: true }).dev) return;
  expect(new Mounts(tmpdir()).identity(memory, dev)).toBe('tmpfs tmpfs');
});
