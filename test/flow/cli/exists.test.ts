import { mkdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ToyProject, toyFiles } from './toy-project.ts';

// A file or folder that is in the way of what a command writes: exit code 2 with every command, and it stays.

let project: ToyProject;

beforeAll(async () => {
  project = new ToyProject({ ...toyFiles, 'mine.html': 'mine', 'mine.json': '{"mine": 1}' });
  mkdirSync(project.path('folder/sorted.txt'), { recursive: true });
  expect((await project.flow('run', 'pipelines/toy.yaml')).code).toBe(0);
});

afterAll(() => project.remove());

test.each([
  [['checkout', 'sort', 'mine.html'], 'mine.html exists'],
  [['checkout', 'sort', 'folder'], 'is a folder, which a file cannot replace'],
  [['checkout', 'sort', 'mine.html/x'], 'mine.html is a file, so nothing can be below it'],
  [['checkout', 'join', 'mine.html/x'], 'mine.html is a file, so nothing can be below it'],
  [['export', '--ro-crate', '-o', 'folder'], 'folder exists'],
  [
    ['export', '--ro-crate', '-o', 'mine.html/x'],
    'mine.html is a file, so nothing can be below it',
  ],
  [['report', '-o', 'mine.html'], 'mine.html exists, and flow report did not write it'],
  [['report', '-o', 'folder'], 'folder is a folder'],
  [['report', '-o', 'mine.html/x'], 'mine.html is a file, so nothing can be below it'],
  [['report', '--trace', 'mine.json'], 'mine.json exists, and flow report did not write it'],
  [['init', '.'], 'these files already exist: '],
  [['init', 'mine.html/x'], 'mine.html is a file, so nothing can be below it'],
])('flow %j', async (words, message) => {
  project.write({ 'flow.yaml': '' });
  const { code, stdout, stderr } = await project.flow(...words);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(message);
  expect(stderr).toContain('[exists]\n  hint: ');
  expect(readFileSync(project.path('mine.html'), 'utf8')).toBe('mine');
  expect(readFileSync(project.path('mine.json'), 'utf8')).toBe('{"mine": 1}');
});

describe('flow report', () => {
  test('replaces its own files, and with --force any other', async () => {
    for (const _ of [1, 2]) {
      const words = ['report', '-o', 'own.html', '--trace', 'own.json'];
      expect((await project.flow(...words)).code).toBe(0);
    }
    project.write({ 'other.html': 'mine' });
    expect((await project.flow('report', '-o', 'other.html', '--force')).code).toBe(0);
    expect(readFileSync(project.path('other.html'), 'utf8')).toMatch(/^<!doctype html>/);
  });
});
