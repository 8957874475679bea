import { chmodSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Command } from '../../../../src/flow/pipeline/dag.ts';
import { keyOf, LINUX } from '../manifest-facts.ts';
import { makeInstance, TempProject } from '../temp-project.ts';

let project: TempProject;

beforeEach(() => {
  project = new TempProject({});
});

describe('the files of a command', () => {
  const cmd = { kind: 'cmd', argv: ['python3', 'tools/x.py', '--conf=tools/x.yaml'] } as const;

  test('words that name project files are code, by path, bytes and exec bit', async () => {
    project.write('tools/x.py', 'print(1)\n');
    project.write('tools/x.yaml', 'a: 1\n');
    const before = await project.code(cmd);
    expect(before.files.map(({ path }) => path)).toEqual(['tools/x.py', 'tools/x.yaml']);
    chmodSync(join(project.root, 'tools/x.py'), 0o755);
    const executable = await project.code(cmd);
    expect(executable.digest).not.toBe(before.digest);
    project.write('tools/x.py', 'print(2)\n');
    expect((await project.code(cmd)).digest).not.toBe(executable.digest);
  });

  test('a change of one byte with the old size and mtime is seen', async () => {
    project.write('tools/x.py', 'print(1)\n');
    const before = await project.code(cmd);
    const { mtimeMs } = statSync(join(project.root, 'tools/x.py'));
    project.write('tools/x.py', 'print(2)\n');
    project.touch('tools/x.py', mtimeMs / 1000);
    expect((await project.code(cmd)).digest).not.toBe(before.digest);
  });

  test('words of a script are found between quotes, options and redirections', async () => {
    project.write('tools/x.py', 'print(1)\n');
    project.write('data/w.txt', 'w\n');
    const script = [
      "python3 'tools/x.py' --words=data/w.txt <",
      { input: 'a' },
      '>',
      { output: 'o' },
    ];
    const code = await project.code({ kind: 'sh', script });
    expect(code.files.map(({ path }) => path)).toEqual(['data/w.txt', 'tools/x.py']);
  });

  test.each<[string, (path: string) => Command]>([
    ['cmd', (path) => ({ kind: 'cmd', argv: ['python3', path, `--conf=${path}`] })],
    ['sh', (path) => ({ kind: 'sh', script: [`python3 '${path}' <`, { input: 'a' }] })],
  ])(
    'an absolute path of a project file in %s is code by its place in the project',
    async (_kind, command) => {
      const keyIn = async (place: TempProject): Promise<string> => {
        const instance = makeInstance({ command: command(`${place.root}/tools/x.py`) });
        const code = await place.code(instance.command);
        expect(code.files.map(({ path }) => path)).toEqual(['tools/x.py']);
        return keyOf({ instance, inputs: new Map(), code, env: {}, platform: LINUX });
      };
      project.write('tools/x.py', 'print(1)\n');
      const before = await keyIn(project);
      expect(await keyIn(new TempProject({ 'tools/x.py': 'print(1)\n' }))).toBe(before);
      project.write('tools/x.py', 'print(2)\n');
      expect(await keyIn(project)).not.toBe(before);
    },
  );

  test('an absolute path that leads into the project through a link is code, one outside is none', async () => {
    project.write('tools/x.py', 'print(1)\n');
    const other = new TempProject({ 'tools/x.py': '' });
    symlinkSync(project.root, join(other.root, 'link'));
    const paths = async (path: string): Promise<readonly string[]> =>
      (await project.code({ kind: 'cmd', argv: ['cat', path] })).files.map((file) => file.path);
    expect(await paths(join(other.root, 'link/tools/x.py'))).toEqual(['tools/x.py']);
    expect(await paths(join(other.root, 'tools/x.py'))).toEqual([]);
    expect(await paths(project.root)).toEqual([]);
  });

  test('code: takes patterns, and new matches are seen', async () => {
    project.write('tools/a/x.py', '');
    project.write('tools/y.py', '');
    project.write('tools/.hidden.py', '');
    project.write('tools/node_modules/z.py', '');
    const parts = { code: ['tools/**/*.py'] };
    const paths = async (): Promise<readonly string[]> =>
      (await project.code({ kind: 'cmd', argv: ['true'] }, parts)).files.map(({ path }) => path);
    expect(await paths()).toEqual(['tools/a/x.py', 'tools/y.py']);
    project.write('tools/a/b/n.py', '');
    expect(await paths()).toEqual(['tools/a/b/n.py', 'tools/a/x.py', 'tools/y.py']);
  });

  test('a pattern without a match is an error that names it', async () => {
    const complaint = await project.complaint(
      { kind: 'cmd', argv: ['true'] },
      { code: ['lib/*.py'] },
    );
    expect(complaint).toContain("code: 'lib/*.py' matches no file");
  });
});
