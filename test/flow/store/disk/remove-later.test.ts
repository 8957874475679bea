import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeLater } from '../../../../src/flow/store/disk/remove-later.ts';
import { filesIn, temporaryFolder } from '../temporary.ts';

test('a folder is removed with all that is in it, and links in it are not followed', async () => {
  const other = filesIn(join(temporaryFolder(), 'other'), { kept: '' });
  const folder = filesIn(join(temporaryFolder(), 'a'), { 'b/c': '', d: '', 'e/': '' });
  symlinkSync(other, join(folder, 'link'));
  await removeLater(folder);
  expect(existsSync(folder)).toBe(false);
  expect(existsSync(join(other, 'kept'))).toBe(true);
  await removeLater(folder);
});

test('read-only folders and names that are no UTF-8 are removed, too', async () => {
  const folder = filesIn(join(temporaryFolder(), 'a'), { 'b/c/d': '' });
  const odd = Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0xff, 0xfe])]);
  mkdirSync(odd);
  writeFileSync(Buffer.concat([odd, Buffer.from('/x')]), '');
  chmodSync(join(folder, 'b/c'), 0o555);
  await removeLater(folder);
  expect(existsSync(folder)).toBe(false);
});
