import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { makeInstance, TempProject } from '../temp-project.ts';

const ts = { kind: 'ts', entry: 'stages/a.ts' } as const;
const IMPORTS_LIB = "import { k } from './lib/k.ts';\nconsole.log(k);\n";

/** Two folders of equal names: `one` and `two`, whose k.ts differ. */
function projectWith(files: Readonly<Record<string, string>>): TempProject {
  return new TempProject({
    'package.json': '{"type":"module"}',
    'one/k.ts': 'export const k = 1;\n',
    'two/k.ts': 'export const k = 2;\n',
    ...files,
  });
}

/** As `ln -sfn` and a branch switch do it: no file that was read changes. */
function turn(project: TempProject, link: string, target: string): void {
  rmSync(join(project.root, link), { recursive: true, force: true });
  symlinkSync(target, join(project.root, link));
}

/** Is the change seen by what is remembered, as it is without? */
async function sees(project: TempProject, change: () => void): Promise<boolean> {
  // Longer than a tick of the file system's clock: folders changed while a bundle is made are not trusted.
  await sleep(20);
  const before = await project.bundleDigest();
  expect(await project.bundleDigest()).toBe(before);
  expect(project.bundles).toBe(1);
  change();
  const after = await project.bundleDigest();
  project.memos.clear();
  expect(await project.bundleDigest()).not.toBe(before);
  return (await project.bundleDigest()) === after;
}

describe('a link that is turned elsewhere is seen', () => {
  test('where it is a folder of helpers', async () => {
    const project = projectWith({ 'stages/a.ts': IMPORTS_LIB });
    turn(project, 'stages/lib', '../one');
    expect(await sees(project, () => turn(project, 'stages/lib', '../two'))).toBe(true);
  });

  test('where it lies above the folder that is named', async () => {
    const project = projectWith({
      'stages/a.ts': "import { k } from '../x/current/deep/k.ts';\nconsole.log(k);\n",
      'x/v1/deep/k.ts': 'export const k = 1;\n',
      'x/v2/deep/k.ts': 'export const k = 2;\n',
    });
    turn(project, 'x/current', 'v1');
    expect(await sees(project, () => turn(project, 'x/current', 'v2'))).toBe(true);
  });

  test('where another link leads to it', async () => {
    const project = projectWith({ 'stages/a.ts': IMPORTS_LIB });
    turn(project, 'current', 'one');
    turn(project, 'stages/lib', '../current');
    expect(await sees(project, () => turn(project, 'current', 'two'))).toBe(true);
  });

  test('where it is a helper file', async () => {
    const project = projectWith({
      'stages/a.ts': "import { k } from './k';\nconsole.log(k);\n",
    });
    turn(project, 'stages/k.ts', '../one/k.ts');
    expect(await sees(project, () => turn(project, 'stages/k.ts', '../two/k.ts'))).toBe(true);
  });

  test('where a link to a helper file leads through it', async () => {
    const project = projectWith({
      'stages/a.ts': "import { k } from './k';\nconsole.log(k);\n",
    });
    turn(project, 'current', 'one');
    turn(project, 'stages/k.ts', '../current/k.ts');
    expect(await sees(project, () => turn(project, 'current', 'two'))).toBe(true);
  });

  test('where it is the entry', async () => {
    const project = projectWith({
      'impl1/a.ts': 'console.log(1);\n',
      'impl2/a.ts': 'console.log(2);\n',
      'stages/.keep': '',
    });
    turn(project, 'stages/a.ts', '../impl1/a.ts');
    expect(await sees(project, () => turn(project, 'stages/a.ts', '../impl2/a.ts'))).toBe(true);
  });

  test('where it is the folder of the entry', async () => {
    const project = projectWith({
      'impl1/a.ts': 'console.log(1);\n',
      'impl2/a.ts': 'console.log(2);\n',
    });
    turn(project, 'stages', 'impl1');
    expect(await sees(project, () => turn(project, 'stages', 'impl2'))).toBe(true);
  });

  test.each([
    ['a package', 'pkg', 'node_modules/pkg'],
    ['a package with a scope', '@s/pkg', 'node_modules/@s/pkg'],
  ])('where it is %s in node_modules', async (_what, name, link) => {
    const files = (value: number) => ({
      'package.json': `{"name":"${name}","type":"module","exports":"./dist/k.ts"}`,
      'dist/k.ts': `export const k = ${value};\n`,
    });
    const project = projectWith({
      'stages/a.ts': `import { k } from '${name}';\nconsole.log(k);\n`,
      'node_modules/@s/.keep': '',
    });
    for (const [folder, value] of [
      ['p1', 1],
      ['p2', 2],
    ] as const) {
      for (const [path, text] of Object.entries(files(value))) {
        project.write(`packages/${folder}/${path}`, text);
      }
    }
    turn(project, link, join(project.root, 'packages/p1'));
    expect(await sees(project, () => turn(project, link, join(project.root, 'packages/p2')))).toBe(
      true,
    );
  });

  test('where a linked package exports from it', async () => {
    const project = projectWith({
      'stages/a.ts': "import { k } from 'pkg';\nconsole.log(k);\n",
      'packages/p/package.json': '{"name":"pkg","type":"module","exports":{".":"./dist/k.ts"}}',
      'node_modules/.keep': '',
    });
    turn(project, 'packages/p/dist', '../../one');
    turn(project, 'node_modules/pkg', '../packages/p');
    expect(await sees(project, () => turn(project, 'packages/p/dist', '../../two'))).toBe(true);
  });

  test('where `imports` of package.json leads through it', async () => {
    const project = projectWith({
      'package.json': '{"type":"module","imports":{"#lib/*":"./lib/*"}}',
      'stages/a.ts': "import { k } from '#lib/k.ts';\nconsole.log(k);\n",
    });
    turn(project, 'lib', 'one');
    expect(await sees(project, () => turn(project, 'lib', 'two'))).toBe(true);
  });

  test('where `paths` of tsconfig.json leads through it', async () => {
    const project = projectWith({
      'tsconfig.json': '{"compilerOptions":{"paths":{"~/*":["./lib/*"]}}}',
      'stages/a.ts': "import { k } from '~/k.ts';\nconsole.log(k);\n",
    });
    turn(project, 'lib', 'one');
    expect(await sees(project, () => turn(project, 'lib', 'two'))).toBe(true);
  });

  test('where an import by pattern reads it', async () => {
    const project = projectWith({
      'stages/a.ts':
        'const which = process.argv[2];\nconsole.log(await import(`./tasks/${which}.ts`));\n',
      'stages/tasks/.keep': '',
    });
    turn(project, 'stages/tasks/k.ts', '../../one/k.ts');
    expect(await sees(project, () => turn(project, 'stages/tasks/k.ts', '../../two/k.ts'))).toBe(
      true,
    );
  });
});

test('a folder that a link replaces is seen, also where only what it imports differs', async () => {
  const k = "export { k } from '../v.ts';\n";
  const project = projectWith({
    'stages/a.ts': IMPORTS_LIB,
    'stages/lib/k.ts': k,
    'stages/v.ts': 'export const k = 1;\n',
    'other/lib/k.ts': k,
    'other/v.ts': 'export const k = 2;\n',
  });
  expect(await sees(project, () => turn(project, 'stages/lib', '../other/lib'))).toBe(true);
});

test('a bundle is not kept once a link was turned while it was made', async () => {
  const project = projectWith({
    'stages/a.ts': "import { k } from '../x/current/k.ts';\nconsole.log(k);\n",
    'x/v1/k.ts': 'export const k = 1;\n',
    'x/v2/k.ts': 'export const k = 2;\n',
  });
  turn(project, 'x/current', 'v1');
  await sleep(20);
  project.afterBundle = () => turn(project, 'x/current', 'v2');
  await project.bundleDigest();
  expect(project.memos.size).toBe(0);
});

test('links that stay as they are cost no bundling, also in a project that has moved', async () => {
  const project = projectWith({ 'project/stages/a.ts': IMPORTS_LIB });
  project.write('project/one/k.ts', 'export const k = 1;\n');
  turn(project, 'project/stages/lib', '../one');
  await sleep(20);
  const at = (folder: string): Promise<unknown> =>
    project.resolver({}, join(project.root, folder)).code(makeInstance({ command: ts }));
  await at('project');
  renameSync(join(project.root, 'project'), join(project.root, 'moved'));
  await at('moved');
  expect(project.bundles).toBe(1);
});
