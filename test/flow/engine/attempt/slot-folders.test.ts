import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SlotFolders } from '../../../../src/flow/engine/attempt/slot-folders.ts';

/** It and its parents, these first. */
const chain = (folder: string): string[] =>
  folder.split('/').map((_, at, parts) => parts.slice(0, at + 1).join('/'));

const names = fc.uniqueArray(fc.constantFrom('in/a', 'in/b', 'in/c', 'in/d', 'out/x', 'out/x/y'));

it('ends with exactly the folders that were asked for and their parents, whatever lay there', () => {
  fc.assert(
    fc.property(names, names, (before, wanted) => {
      const root = mkdtempSync(path.join(tmpdir(), 'flow-slot-'));
      const kept = [...new Set(before.flatMap(chain))];
      for (const folder of kept) mkdirSync(path.join(root, folder), { recursive: true });
      const folders = new SlotFolders({ path: root, kept: kept.sort() });
      for (const folder of wanted) folders.make(folder);
      folders.end();
      const expected = new Set(wanted.flatMap(chain));
      expect(readdirSync(root, { recursive: true }).sort()).toEqual([...expected].sort());
      rmSync(root, { recursive: true });
    }),
  );
});

it('uses a folder of another name before it makes one', () => {
  const root = mkdtempSync(path.join(tmpdir(), 'flow-slot-'));
  mkdirSync(path.join(root, 'in/old'), { recursive: true });
  const { ino } = statSync(path.join(root, 'in/old'));
  new SlotFolders({ path: root, kept: ['in', 'in/old'] }).make('in/new');
  expect(statSync(path.join(root, 'in/new')).ino).toBe(ino);
  rmSync(root, { recursive: true });
});
