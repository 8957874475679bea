import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Result } from '../../../../src/flow/core/result.ts';
import { findFiles, namesPath } from '../../../../src/flow/key/files/glob.ts';
import type { PatternProblem } from '../../../../src/flow/key/files/glob.ts';
import { TempProject } from '../temp-project.ts';

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

const filesOf = (found: Result<readonly string[], PatternProblem>): readonly string[] =>
  found.ok ? found.value : [];

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
  ['lib/{b,deep/{d,er/e}}.py', ['lib/b.py', 'lib/deep/d.py', 'lib/deep/er/e.py']],
  ['lib/{b}.py', []],
  ['LIB/b.py', []],
  ['lib/B.py', []],
  ['lib/[A-C].py', []],
  ['lib/\\*.py', []],
  ['lib/[[]x].py', ['lib/[x].py']],
  ['lib/[x].py', []],
  ['lib/[c-a].py', []],
  ['lib/**.py', ['lib/[x].py', 'lib/b.py']],
  ['**/**/**/e.py', ['lib/deep/er/e.py']],
  ['../*', []],
  ['lib/b[py', []],
  ['lib/b.p', []],
  ['gone/**', []],
  ['node_modules/*.py', []],
  ['cache/**', []],
])('%s finds %j', (pattern, paths) => {
  const project = new TempProject(Object.fromEntries(FILES.map((path) => [path, path])));
  const skip = new Set([join(project.root, 'cache')]);
  expect(filesOf(findFiles(project.root, pattern, skip))).toEqual(paths);
  // The same decision, made for a path alone.
  const searched = FILES.filter((path) => !/^(cache|node_modules)\//.test(path));
  const named = searched.filter((path) => namesPath(pattern, path, false));
  expect(named.sort()).toEqual([...paths].sort());
});

test.each([
  ['lib', true],
  ['lib/*', false],
  ['lib/d*', false],
  ['lib/deep', true],
  ['lib/deep/**', true],
  ['**/deep/**', true],
  ['**/*.py', false],
  ['lib/deep/er/**', false],
])('%s names all of a folder lib/deep: %j', (pattern, all) => {
  expect(namesPath(pattern, 'lib/deep', true)).toBe(all);
});

test('any number of ** is decided at once for one path', () => {
  const path = `${'d/'.repeat(500)}x.py`;
  expect(namesPath('**/d/'.repeat(200), path, false)).toBe(true);
  expect(namesPath(`${'**/d/'.repeat(200)}y.py`, path, false)).toBe(false);
});

test('links: to a file they are the file; to a folder only where the pattern names them', () => {
  const project = new TempProject({ 'lib/x.py': '', 'other/y.py': '' });
  symlinkSync('x.py', join(project.root, 'lib/l.py'));
  symlinkSync('../other', join(project.root, 'lib/linked'));
  symlinkSync('..', join(project.root, 'lib/loop'));
  symlinkSync('nowhere', join(project.root, 'lib/broken.py'));
  const find = (pattern: string): readonly string[] =>
    filesOf(findFiles(project.root, pattern, new Set()));
  expect(find('lib/**')).toEqual(['lib/l.py', 'lib/x.py']);
  expect(find('lib/linked/*')).toEqual(['lib/linked/y.py']);
});

test('no more files are looked for than are wanted', () => {
  const project = new TempProject(Object.fromEntries(FILES.map((file) => [file, ''])));
  const find = (pattern: string, most: number): readonly string[] =>
    filesOf(findFiles(project.root, pattern, new Set(), most));
  expect(find('**', 1)).toHaveLength(1);
  expect(find('{lib/**,*.py}', 2)).toHaveLength(2);
  expect(find('none/**', 1)).toEqual([]);
});

test('any number of ** on a deep path ends', () => {
  const project = new TempProject({ [`${'d/'.repeat(60)}x.py`]: '' });
  const find = (pattern: string): number =>
    filesOf(findFiles(project.root, pattern, new Set())).length;
  expect(find(`${'**/d/'.repeat(60)}x.py`)).toBe(1);
  expect(find(`${'**/d/'.repeat(60)}y.py`)).toBe(0);
});

const refusal = (pattern: string): string => {
  const found = findFiles(new TempProject({ 'a.py': '' }).root, pattern, new Set());
  return found.ok ? 'none' : found.error.message;
};

describe('a pattern is refused', () => {
  test('with more than 1,024 bytes', () => {
    expect(refusal(`{a.py,${'ä'.repeat(508)}}`)).toBe('none');
    expect(refusal(`{a.py,b${'ä'.repeat(509)}}`)).toBe(
      'a pattern has 1026 bytes; the maximum is 1024',
    );
  });

  test('with braces that stand for more than 1,000 patterns', () => {
    const three = '{a,b,c,d,e,f,g,h,i,j}'.repeat(3);
    expect(refusal(`{a.py,${three}`)).not.toMatch(/stand for/);
    expect(refusal(`${three}{a,b}`)).toMatch(/stand for more than 1000 patterns/);
    expect(refusal('{a,b}'.repeat(200))).toMatch(/stand for more than 1000 patterns/);
  });
});
