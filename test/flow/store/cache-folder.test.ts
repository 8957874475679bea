import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isCache } from '../../../src/flow/store/cache-folder.ts';
import { openStore } from '../../../src/flow/store/open-store.ts';
import { removeTree } from '../../../src/flow/store/disk/remove-tree.ts';
import { age } from './gc/cache.ts';
import { failure, filesIn, openTemporary, temporaryFolder, value } from './temporary.ts';

const folderOf = (files: Readonly<Record<string, string>>): string =>
  filesIn(join(temporaryFolder(), 'folder'), files);

test.each([
  ['files of a person', { 'a.txt': 'a' }, 'a.txt'],
  ['a folder named like one of flow', { 'tmp/thesis/chapter': 'text' }, 'tmp/'],
  ['blobs, but no VERSION', { 'cas/00/x': '' }, 'cas/'],
  [
    'a VERSION of something else',
    { VERSION: '2\n', 'src/main.ts': '', 'package.json': '{}' },
    'VERSION, package.json, src/',
  ],
  ['many files', { a: '', b: '', c: '', d: '', e: '', README: '' }, 'a, b, c and 2 more'],
])('a folder with %s is refused, by name, and stays as it was', async (_, files, named) => {
  const folder = folderOf(files);
  const before = readdirSync(folder, { recursive: true }).sort();
  expect(failure(await openStore(folder, { upgrade: true }))).toEqual({
    code: 'not-a-cache',
    message: `flow does not use ${folder} as its cache, because other files are there: ${named}`,
    hint: 'choose an empty or a new folder with --cache, FLOW_CACHE or cache: in flow.yaml',
  });
  expect(readdirSync(folder, { recursive: true }).sort()).toEqual(before);
});

test.each([
  ['an empty folder', {}],
  ['a folder of a fresh clone', { 'README.md': '', '.gitignore': '*', 'CACHEDIR.TAG': '' }],
  ['a folder with a first step of a killed flow', { 'VERSION.4711': '2\n' }],
  ['a folder with all but the last step of a killed flow', { VERSION: '2\n', README: '' }],
  ['a folder whose VERSION is empty after a power cut', { VERSION: '' }],
])('%s becomes a cache', async (_, files) => {
  const folder = folderOf(files);
  const store = value(await openStore(folder));
  expect(readFileSync(join(store.root, 'VERSION'), 'utf8')).toBe('2\n');
  expect(isCache(folder)).toBe(true);
});

test('a new cache is marked for backups and for git', async () => {
  const { root } = await openTemporary();
  expect(readFileSync(join(root, 'CACHEDIR.TAG'), 'utf8')).toMatch(
    /^Signature: 8a477f597d28d172789f06886806bc55\n/,
  );
  expect(readFileSync(join(root, '.gitignore'), 'utf8')).toMatch(/^\*$/m);
});

test('an older cache is marked at the next run, and what a person wrote in these files stays', async () => {
  const { root } = await openTemporary();
  rmSync(join(root, 'CACHEDIR.TAG'));
  writeFileSync(join(root, '.gitignore'), 'mine\n');
  value(await openStore(root));
  expect(existsSync(join(root, 'CACHEDIR.TAG'))).toBe(false);
  value(await openStore(root, { upgrade: true }));
  expect(existsSync(join(root, 'CACHEDIR.TAG'))).toBe(true);
  expect(readFileSync(join(root, '.gitignore'), 'utf8')).toBe('mine\n');
});

test('a cache without results but with blobs, or the reverse, is a cache', async () => {
  for (const gone of ['cas', 'actions']) {
    const { root } = await openTemporary();
    mkdirSync(join(root, 'actions'), { recursive: true });
    removeTree(join(root, gone));
    expect((await openStore(root)).ok).toBe(true);
  }
});

test('a sweep leaves every folder that does not have the name of a process', async () => {
  const store = await openTemporary();
  const mine = ['tmp/thesis/chapter', 'tmp/12-notes/text', 'tmp/1-abc/text'];
  filesIn(store.root, Object.fromEntries(mine.map((name) => [name, 'text'])));
  for (const name of mine) age(join(store.root, name, '..'), 2);
  expect(store.abandoned()).toEqual([]);
  store.sweep();
  for (const name of mine) expect(existsSync(join(store.root, name))).toBe(true);
});

test('an upgrade removes only records with names of flow', async () => {
  const { root } = await openTemporary();
  const record = `actions/ab/${'ab'.repeat(32)}.json`;
  const mine = ['actions/notes.txt', 'actions/ab/mine.json', 'memo/mine.txt'];
  filesIn(root, {
    ...Object.fromEntries([record, ...mine].map((name) => [name, ''])),
    VERSION: '1\n',
  });
  filesIn(root, { 'memo/m-x.json': '', 'memo/stat-cache.json': '' });
  value(await openStore(root, { upgrade: true }));
  for (const name of mine) expect(existsSync(join(root, name))).toBe(true);
  for (const name of [record, 'memo/m-x.json', 'memo/stat-cache.json']) {
    expect(existsSync(join(root, name))).toBe(false);
  }
});
