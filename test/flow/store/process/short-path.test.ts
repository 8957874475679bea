import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readlinkSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { removeTree } from '../../../../src/flow/store/disk/remove-tree.ts';
import { openTemporary, temporaryFolder } from '../temporary.ts';

test('a scratch folder has a short path, which goes with the store', async () => {
  const store = await openTemporary();
  const scratch = store.scratch.create();
  const short = store.scratch.shortPath(scratch);
  expect(`${short}/tmp`.length).toBeLessThan(40);
  expect(readlinkSync(dirname(short))).toBe(dirname(scratch));
  const other = store.scratch.create();
  expect(store.scratch.shortPath(other)).not.toBe(short);
  await store.close();
  expect(existsSync(dirname(dirname(short)))).toBe(false);
});

/** A folder like that of a run, with a link to a path. */
function linked(target: string): string {
  const folder = mkdtempSync('/tmp/flow-');
  onTestFinished(() => removeTree(folder));
  symlinkSync(target, join(folder, 'r'));
  return folder;
}

test('the short paths of dead processes are swept, and nothing else', async () => {
  const store = await openTemporary();
  const own = dirname(dirname(store.scratch.shortPath(store.scratch.create())));
  const [, space = ''] = basename(readlinkSync(join(own, 'r'))).split('-');
  const { pid = 0 } = spawnSync('true');
  const dead = join(store.root, 'tmp', `${pid}-${space}-1`);
  mkdirSync(dead);
  const links = [
    linked(dead),
    linked(join(temporaryFolder(), `${pid}-${space}-2`)),
    linked(join(temporaryFolder(), 'thesis')),
    linked(join(temporaryFolder(), `${pid}-00000000-2`)),
  ];
  expect(store.abandoned()).toEqual([dead, join(links[0] ?? '', 'r')]);
  store.sweep();
  expect([own, ...links].map((folder) => existsSync(folder))).toEqual([
    true,
    false,
    false,
    true,
    true,
  ]);
});
