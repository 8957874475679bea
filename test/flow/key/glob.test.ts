import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findFiles } from '../../../src/flow/key/glob.ts';
import { TempProject } from './temp-project.ts';

const FILES = [
  'a.py',
  'lib/b.py',
  'lib/c.txt',
  'lib/deep/d.py',
  'lib/deep/er/e.py',
  'lib/.hidden.py',
  'lib/.dot/f.py',
  'lib/[x].py',
  'node_modules/g.py',
  'cache/h.py',
];

test.each<[string, readonly string[]]>([
  ['a.py', ['a.py']],
  ['./lib/b.py', ['lib/b.py']],
  ['*.py', ['a.py']],
  ['lib/*.py', ['lib/[x].py', 'lib/b.py']],
  ['lib/*', ['lib/[x].py', 'lib/b.py', 'lib/c.txt']],
  ['lib/**', ['lib/[x].py', 'lib/b.py', 'lib/c.txt', 'lib/deep/d.py', 'lib/deep/er/e.py']],
  ['lib', ['lib/[x].py', 'lib/b.py', 'lib/c.txt', 'lib/deep/d.py', 'lib/deep/er/e.py']],
  ['lib/deep/', ['lib/deep/d.py', 'lib/deep/er/e.py']],
  ['lib/**/*.py', ['lib/[x].py', 'lib/b.py', 'lib/deep/d.py', 'lib/deep/er/e.py']],
  ['**/e.py', ['lib/deep/er/e.py']],
  ['**/deep/**/*.py', ['lib/deep/d.py', 'lib/deep/er/e.py']],
  ['lib/*/d.py', ['lib/deep/d.py']],
  ['lib/{b,deep/d}.py', ['lib/b.py', 'lib/deep/d.py']],
  ['lib/[a-c].*', ['lib/b.py', 'lib/c.txt']],
  ['lib/[!b].txt', ['lib/c.txt']],
  ['lib/?.py', ['lib/b.py']],
  ['lib/.*.py', ['lib/.hidden.py']],
  ['lib/.dot/*', ['lib/.dot/f.py']],
  ['lib/b[py', []],
  ['lib/b.p', []],
  ['gone/**', []],
  ['node_modules/*.py', []],
  ['cache/**', []],
])('%s finds %j', (pattern, paths) => {
  const project = new TempProject(Object.fromEntries(FILES.map((path) => [path, path])));
  const skip = new Set([join(project.root, 'cache')]);
  expect(findFiles(project.root, pattern, skip)).toEqual(paths);
});

test('links: to a file they are the file; to a folder only where the pattern names them', () => {
  const project = new TempProject({ 'lib/x.py': '', 'other/y.py': '' });
  symlinkSync('x.py', join(project.root, 'lib/l.py'));
  symlinkSync('../other', join(project.root, 'lib/linked'));
  symlinkSync('..', join(project.root, 'lib/loop'));
  symlinkSync('nowhere', join(project.root, 'lib/broken.py'));
  const find = (pattern: string): readonly string[] => findFiles(project.root, pattern, new Set());
  expect(find('lib/**')).toEqual(['lib/l.py', 'lib/x.py']);
  expect(find('lib/linked/*')).toEqual(['lib/linked/y.py']);
});

test('no more files are looked for than are wanted', () => {
  const project = new TempProject(Object.fromEntries(FILES.map((file) => [file, ''])));
  expect(findFiles(project.root, '**', new Set(), 1)).toHaveLength(1);
  expect(findFiles(project.root, '{lib/**,*.py}', new Set(), 2)).toHaveLength(2);
  expect(findFiles(project.root, 'none/**', new Set(), 1)).toEqual([]);
});
