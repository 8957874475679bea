import { chmodSync, linkSync, mkdirSync, readdirSync, statSync, symlinkSync } from 'node:fs';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Slot, Slots } from '../../../../src/flow/store/process/slots.ts';
import { filesIn, openTemporary } from '../temporary.ts';

async function slots(): Promise<Slots> {
  return (await openTemporary()).slots;
}

/** As a stage finds it. */
function laidOut({ path }: Slot): string {
  for (const folder of ['out', 'tmp', 'in', 'in/a', 'in/b']) mkdirSync(join(path, folder));
  writeFileSync(join(path, 'stage.json'), '{}');
  symlinkSync('..', join(path, 'checkpoint'));
  return path;
}

const inodeOf = (path: string): number => statSync(path).ino;

test('a folder is used again under a new name, with nothing of the stage before', async () => {
  const all = await slots();
  const first = all.take();
  const path = laidOut(first);
  filesIn(path, {
    'out/a/b.txt': '',
    'tmp/x': '',
    'in/a/list/0000/f': '',
    'code/s.js': '',
    'events.ndjson': '',
  });
  const inodes = ['.', 'out', 'in/a'].map((folder) => inodeOf(join(path, folder)));
  all.giveBack(first, true);
  const second = all.take();
  expect(second.path).not.toBe(path);
  expect(existsSync(path)).toBe(false);
  expect(['.', 'out', 'in/a'].map((folder) => inodeOf(join(second.path, folder)))).toEqual(inodes);
  expect([...second.kept].sort()).toEqual(['in', 'in/a', 'in/b', 'out', 'tmp']);
  expect(readdirSync(second.path, { recursive: true }).sort()).toEqual(
    [...second.kept, 'stage.json'].sort(),
  );
});

test('while something of the stage may still run, it is removed', async () => {
  const all = await slots();
  const first = all.take();
  laidOut(first);
  all.giveBack(first, false);
  expect(existsSync(first.path)).toBe(false);
  const second = all.take();
  expect([second.kept, readdirSync(second.path)]).toEqual([[], []]);
});

test.each([
  ['its mode was changed', (folder: string) => chmodSync(folder, 0o700)],
  [
    'its mode was changed and put back',
    (folder: string) => {
      const { mode } = statSync(folder);
      chmodSync(folder, 0o700);
      chmodSync(folder, mode);
    },
  ],
  ['its times were set', (folder: string) => utimesSync(folder, 1, 1)],
])('a folder in it goes when %s', async (_what, change) => {
  const all = await slots();
  const first = all.take();
  const path = laidOut(first);
  // The clock of a file system ticks: a change within the tick in which it was made would not show.
  await new Promise((resolve) => setTimeout(resolve, 20));
  change(join(path, 'out'));
  change(join(path, 'in/b'));
  all.giveBack(first, true);
  expect([...all.take().kept].sort()).toEqual(['in', 'in/a', 'tmp']);
});

test('a stage.json that leads elsewhere is not written through', async () => {
  const all = await slots();
  for (const link of [linkSync, symlinkSync]) {
    const first = all.take();
    laidOut(first);
    const file = join(first.path, 'stage.json');
    const own = join(first.path, '..', `mine-${link.name}`);
    writeFileSync(own, 'mine');
    writeFileSync(file, '');
    const { unlinkSync } = await import('node:fs');
    unlinkSync(file);
    link(own, file);
    all.giveBack(first, true);
    expect(existsSync(join(all.take().path, 'stage.json'))).toBe(false);
  }
});
