import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Bundler } from '../../../../src/flow/key/code/bundler.ts';
import { digestBytes } from '../../../../src/flow/key/digest.ts';
import { lazyEsbuild } from '../../../../src/flow/key/code/ts-bundle.ts';
import { makeInstance, TempProject } from '../temp-project.ts';

const ts = { kind: 'ts', entry: 'stages/a.ts' } as const;

const FILES = {
  'package.json': '{"type":"module"}',
  'tsconfig.json': '{"compilerOptions":{"paths":{"~/*":["./over/*","./src/*"]}}}',
  'stages/a.ts': "import { k } from './k2';\nimport { d } from '~/d';\nconsole.log(k + d);\n",
  'stages/k2/index.ts': 'export const k = 1;\n',
  'src/d.ts': 'export const d = 20;\n',
};

let project: TempProject;

beforeEach(async () => {
  project = new TempProject(FILES);
  // Longer than a tick of the file system's clock: folders changed while a bundle is made are not trusted.
  await sleep(20);
  await project.bundleDigest();
  expect(project.bundles).toBe(1);
});

/** A new process resolves the entry; was the bundler asked? */
async function bundledAgain(): Promise<boolean> {
  await project.bundleDigest();
  return project.bundles > 1;
}

describe('a remembered bundle', () => {
  test('needs no bundler while nothing has changed', async () => {
    expect(await bundledAgain()).toBe(false);
  });

  test('survives new times over the same bytes', async () => {
    project.touch('src/d.ts', 1_000_000_000);
    project.write('stages/a.ts', FILES['stages/a.ts']);
    expect(await bundledAgain()).toBe(false);
  });

  test('survives a file beside the code that no import could mean', async () => {
    project.write('stages/notes.md', 'text');
    project.write('figures/a.svg', '<svg/>');
    expect(await bundledAgain()).toBe(false);
  });

  test('its bytes come from the store', async () => {
    const { bundle } = await project.code(ts);
    expect((await bundle?.bytes())?.ok).toBe(true);
    expect(project.bundles).toBe(1);
  });

  test('bytes that the store has lost are made again', async () => {
    project.blobs.clear();
    const { bundle } = await project.code(ts);
    const bytes = await bundle?.bytes();
    expect(bytes?.ok).toBe(true);
    expect(project.bundles).toBe(2);
    expect(project.blobs.has(bundle?.digest as never)).toBe(true);
  });

  test('bytes that cannot be made again are refused, not replaced', async () => {
    const { bundle } = await project.code(ts);
    project.blobs.clear();
    project.write('src/d.ts', 'export const d = 21;\n');
    expect(await bundle?.bytes()).toMatchObject({ ok: false, error: { reason: 'code' } });
  });

  test('a new k2.ts that shadows k2/index.ts is seen', async () => {
    const before = await project.bundleDigest();
    project.write('stages/k2.ts', 'export const k = 2;\n');
    expect(await project.bundleDigest()).not.toBe(before);
  });

  test('a new file that an earlier target of `paths` finds first is seen', async () => {
    const before = await project.bundleDigest();
    project.write('over/d.ts', 'export const d = 5;\n');
    expect(await project.bundleDigest()).not.toBe(before);
  });

  test.each([
    ['src/d.ts', 'export const d = 21;\n'],
    ['tsconfig.json', '{"compilerOptions":{"paths":{"~/*":["./src/*"]},"jsx":"react"}}'],
    ['stages/tsconfig.json', '{"extends":"../tsconfig.json"}'],
    ['package.json', '{"type":"module","sideEffects":false}'],
    ['src/package.json', '{"type":"commonjs"}'],
    ['node_modules/.package-lock.json', '{"packages":{}}'],
  ])('a change of %s is seen', async (path, text) => {
    project.write(path, text);
    expect(await bundledAgain()).toBe(true);
  });

  test('a change of an extended tsconfig is seen', async () => {
    project.write('tsconfig.json', '// base\n{"extends": "./base.json", /* more */ }');
    project.write('base.json', '{"compilerOptions":{"paths":{"~/*":["./src/*"]}}}');
    await sleep(20);
    const before = await project.bundleDigest();
    project.write('src2/d.ts', 'export const d = 9;\n');
    project.write('base.json', '{"compilerOptions":{"paths":{"~/*":["./src2/*"]}}}');
    expect(await project.bundleDigest()).not.toBe(before);
  });

  test('another version of the bundler does not read it', async () => {
    await project.resolver({ version: '0.0.0' }).code(makeInstance({ command: ts }));
    expect(project.bundles).toBe(2);
  });

  test('a damaged one is made again', async () => {
    const { closure } = await project.code(ts);
    for (const damage of ['{"watches":3}', '3', '[]', '{"text":"{}","digest":"x"}']) {
      const before = project.bundles;
      for (const name of project.memos.keys()) project.memos.set(name, damage);
      await project.bundleDigest();
      expect(project.bundles).toBe(before + 1);
    }
    for (const [name, text] of project.memos) {
      project.memos.set(name, text.replace('stages/a.ts', 'stages/b.ts'));
    }
    expect((await project.code(ts)).closure).toEqual(closure);
  });

  test('does not say that a file holds what was bundled, once it was edited meanwhile', async () => {
    project.memos.clear();
    const editing: Partial<Bundler> = {
      bundle: async (request) => {
        const bundled = await lazyEsbuild.bundle(request);
        project.write('src/d.ts', 'export const d = 21;\n');
        return bundled;
      },
    };
    const before = await project.resolver(editing).code(makeInstance({ command: ts }));
    const after = await project.code(ts);
    expect(before.ok && before.value.closure['src/d.ts']).toBe(digestBytes(FILES['src/d.ts']));
    expect(after.closure['src/d.ts']).toBe(digestBytes('export const d = 21;\n'));
    expect(before.ok && before.value.bundle?.digest).not.toBe(after.bundle?.digest);
  });

  test.each([
    ['tsconfig.json', '{"compilerOptions":{"paths":{"~/*":["./src/*"]}}}'],
    ['package.json', '{"type":"module","sideEffects":false}'],
    ['stages/k2.ts', 'export const k = 2;\n'],
  ])('is not kept once %s changed while it was made', async (path, text) => {
    project.memos.clear();
    const editing: Partial<Bundler> = {
      bundle: async (request) => {
        const bundled = await lazyEsbuild.bundle(request);
        project.write(path, text);
        return bundled;
      },
    };
    await project.resolver(editing).code(makeInstance({ command: ts }));
    expect(project.memos.size).toBe(0);
    const after = await project.bundleDigest();
    project.memos.clear();
    expect(await project.bundleDigest()).toBe(after);
  });

  test('belongs to the files that the bundler read, not to those that a run saw earlier', async () => {
    const before = await project.bundleDigest();
    project.memos.clear();
    project.write('stages/b.ts', "import { d } from '~/d';\nconsole.log(d);\n");
    project.write('alt/d.ts', 'export const d = 22;\n');
    const resolver = project.resolver();
    await resolver.code(makeInstance({ command: { kind: 'ts', entry: 'stages/b.ts' } }));
    project.write('tsconfig.json', '{"compilerOptions":{"paths":{"~/*":["./alt/*"]}}}');
    await sleep(20);
    const other = await resolver.code(makeInstance({ command: ts }));
    expect(other.ok && other.value.bundle?.digest).not.toBe(before);
    project.write('tsconfig.json', FILES['tsconfig.json']);
    expect(await project.bundleDigest()).toBe(before);
  });

  test('is made again for a new name where an import goes by pattern', async () => {
    project.write('plugins/one/a.ts', 'export const name = 1;\n');
    project.write(
      'stages/a.ts',
      'const which = process.argv[2];\nconsole.log(await import(`../plugins/${which}/a.ts`));\n',
    );
    await sleep(20);
    const before = await project.bundleDigest();
    const { bundles } = project;
    expect(await project.bundleDigest()).toBe(before);
    expect(project.bundles).toBe(bundles);
    project.write('plugins/two/a.ts', 'export const name = 2;\n');
    expect(await project.bundleDigest()).not.toBe(before);
  });

  test('one entry is bundled once for all its instances', async () => {
    project.memos.clear();
    const resolver = project.resolver();
    await Promise.all(
      [1, 2, 3].map((seed) => resolver.code(makeInstance({ command: ts, params: { seed } }))),
    );
    expect(project.bundles).toBe(2);
  });
});
