import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { timesTell, UNTRUSTED_MS } from '../../../src/flow/key/files/file-times.ts';
import type { DiskStore } from '../../../src/flow/store/disk-store.ts';
import { openTemporary, temporaryFolder, value } from './temporary.ts';

// Edits that hide from who looks at size and mtime. None may be missed: neither of a file that had lain
// still and is remembered, nor a second one at once, within the same tick of the file system's clock.

type Edit = (path: string, text: string) => void;

const restoringTimes =
  (edit: Edit): Edit =>
  (path, text) => {
    const { atime, mtime } = statSync(path);
    edit(path, text);
    utimesSync(path, atime, mtime);
  };

const byRename: Edit = (path, text) => {
  const { atime, mtime } = statSync(path);
  writeFileSync(`${path}.new`, text);
  utimesSync(`${path}.new`, atime, mtime);
  renameSync(`${path}.new`, path);
};

/** `path` is a link; the file that it led to stays as it was. */
const byLink: Edit = (path, text) => {
  const { atime, mtime } = statSync(path);
  const target = `${path}.${text}`;
  writeFileSync(target, text);
  utimesSync(target, atime, mtime);
  unlinkSync(path);
  symlinkSync(target, path);
};

/** Its folder is swapped for another one. */
const byFolder: Edit = (path, text) => {
  const folder = join(path, '..');
  const { atime, mtime } = statSync(path);
  mkdirSync(`${folder}.new`);
  writeFileSync(join(`${folder}.new`, 'f'), text);
  utimesSync(join(`${folder}.new`, 'f'), atime, mtime);
  renameSync(folder, `${folder}.${text}.old`);
  renameSync(`${folder}.new`, folder);
};

const edits: Readonly<Record<string, Edit>> = {
  'in place, of the same size': (path, text) => writeFileSync(path, text),
  'in place, with the mtime put back': restoringTimes((path, text) => writeFileSync(path, text)),
  'by renaming a file of the same mtime there': byRename,
  'by turning a link to a file of the same mtime': byLink,
  'by renaming a folder there': byFolder,
};

/** A file system made for the test; undefined: this machine or this user cannot. */
function mounted(make: readonly string[], options: readonly string[]): string | undefined {
  const folder = mkdtempSync('/tmp/flow-mount-');
  const [image, point] = [join(folder, 'image'), join(folder, 'point')];
  mkdirSync(point);
  try {
    if (make.length > 0) {
      execFileSync('truncate', ['-s', '8M', image]);
      execFileSync(make[0] ?? '', [...make.slice(1), image], { stdio: 'ignore' });
    }
    const source = make.length > 0 ? image : 'none';
    execFileSync('mount', [...options, source, point], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  afterAll(() => {
    execFileSync('umount', [point]);
    rmSync(folder, { recursive: true });
  });
  return point;
}

const fileSystems: Readonly<Record<string, string | undefined>> = {
  'the temporary folder': mkdtempSync('/tmp/flow-instant-'),
  tmpfs: existsSync('/dev/shm') ? mkdtempSync('/dev/shm/flow-') : undefined,
  // Inodes of 128 bytes hold whole seconds only.
  'ext2 with times in whole seconds': mounted(['mkfs.ext2', '-q', '-I', '128'], ['-o', 'loop']),
  'vfat, whose ctime can be set': mounted(['mkfs.vfat'], ['-o', 'loop']),
};

afterAll(() => {
  for (const folder of Object.values(fileSystems)) {
    if (folder !== undefined && !folder.endsWith('point')) rmSync(folder, { recursive: true });
  }
});

describe.each(Object.entries(fileSystems))('on %s', (_, root) => {
  test.skipIf(root === undefined)('no edit is missed', async () => {
    const store = await openTemporary(join(temporaryFolder(), 'cache'));
    const files = Object.keys(edits).map((name, index) => {
      const folder = join(root ?? '', String(index));
      mkdirSync(folder);
      const path = join(folder, 'f');
      const target = name.includes('link') ? `${path}.first` : path;
      writeFileSync(target, 'text 0');
      if (target !== path) linkOrCopy(target, path);
      return { name, path };
    });
    await delay(UNTRUSTED_MS + 1100);
    for (const { path } of files) await read(store, path);
    // Remembered, so that what follows shows anything at all.
    const told = files.filter(({ path }) => timesTell(path, statSync(path, { bigint: true }).dev));
    for (const { path } of told) {
      expect(store.stats.lookup(path, statSync(path, { bigint: true }))).toBeDefined();
    }
    for (let round = 1; round <= 3; round++) {
      for (const { name, path } of files) {
        if (name.includes('link') && !isLink(root ?? '')) continue;
        edits[name]?.(path, `text ${round}`);
        expect(`${name}: ${await read(store, path)}`).toBe(`${name}: text ${round}`);
      }
    }
    await store.close();
  });
});

async function read(store: DiskStore, path: string): Promise<string> {
  return value(await store.readText(value(await store.source(path)).artifact));
}

const isLink = (root: string): boolean => root !== fileSystems['vfat, whose ctime can be set'];

function linkOrCopy(target: string, path: string): void {
  if (isLink(path.slice(0, -4))) symlinkSync(target, path);
  else renameSync(target, path);
}

test('where a ctime can be set, or is not known to be true, times are not believed', () => {
  expect(timesTell('/proc/self/status', statSync('/proc/self', { bigint: true }).dev)).toBe(false);
});
