import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { describe, expect, test } from 'vitest';
import { makeInstance, TempProject } from '../temp-project.ts';

const ts = { kind: 'ts', entry: 'stages/a.ts' } as const;

/** a imports b imports c imports d. */
const CHAIN = {
  'package.json': '{"type":"module"}',
  'stages/a.ts':
    "import { b } from './lib/b.ts';\nconsole.log(b satisfies number);\nawait import('./lib/lazy.ts');\n",
  'stages/lib/b.ts': "import { c } from './c';\nexport const b: number = c + 1;\n",
  'stages/lib/lazy.ts': 'export default 0;\n',
  'stages/lib/c.ts': "import { d } from '../../src/d.ts';\nexport const c = d * 2;\n",
  'src/d.ts': 'export const d = 20;\n',
};

describe('the bundle of a ts stage', () => {
  test('a changed comment or type keeps the digest', async () => {
    const project = new TempProject(CHAIN);
    const before = await project.bundleDigest();
    project.write('src/d.ts', '/** Why. */\nexport const d: number = 20; // @license none\n');
    expect(await project.bundleDigest()).toBe(before);
    expect(project.bundles).toBe(2);
  });

  test('a changed helper three files away changes the digest', async () => {
    const project = new TempProject(CHAIN);
    const before = await project.bundleDigest();
    project.write('src/d.ts', 'export const d = 21;\n');
    expect(await project.bundleDigest()).not.toBe(before);
  });

  test('the repository may lie anywhere', async () => {
    const [here, there] = [new TempProject(CHAIN), new TempProject(CHAIN)];
    expect(here.root).not.toBe(there.root);
    const code = await here.code(ts);
    expect(await there.code(ts)).toMatchObject({ closure: code.closure });
    expect(await there.bundleDigest()).toBe(code.bundle?.digest);
    const bytes = await code.bundle?.bytes();
    expect(bytes?.ok === true && new TextDecoder().decode(bytes.value)).not.toContain(here.root);
  });

  test('the closure names every file that went in', async () => {
    const code = await new TempProject(CHAIN).code(ts);
    expect(Object.keys(code.closure).sort()).toEqual([
      'src/d.ts',
      'stages/a.ts',
      'stages/lib/b.ts',
      'stages/lib/c.ts',
      'stages/lib/lazy.ts',
    ]);
  });

  test('the text of every file that went in is kept, so that its lines can be shown later', async () => {
    const project = new TempProject(CHAIN);
    const { closure } = await project.code(ts);
    const kept = Object.entries(closure).map(([path, digest]) => [
      path,
      new TextDecoder().decode(project.blobs.get(digest)),
    ]);
    expect(Object.fromEntries(kept)).toEqual(
      Object.fromEntries(Object.entries(CHAIN).filter(([path]) => path.endsWith('.ts'))),
    );
  });

  test('it runs, and a stack trace names the source line', async () => {
    const project = new TempProject({
      ...CHAIN,
      'src/d.ts':
        '// one\n// two\nexport const d = 20;\nif (process.argv[2]) throw new Error("x");\n',
    });
    const { bundle } = await project.code(ts);
    const bytes = await bundle?.bytes();
    const map = await bundle?.map();
    if (bundle === undefined || bytes?.ok !== true || map === undefined)
      throw new Error('no bundle');
    expect(bundle).toMatchObject({ file: 'stages/a.mjs', mapFile: 'stages/bundle.map' });
    const file = join(project.root, 'scratch/code', bundle.file);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes.value);
    writeFileSync(join(project.root, 'scratch/code', bundle.mapFile), map);
    const run = (...words: string[]): string =>
      execFileSync(process.execPath, ['--enable-source-maps', file, ...words], {
        encoding: 'utf8',
        stdio: 'pipe',
      });
    expect(run()).toBe('41\n');
    expect(() => run('fail')).toThrow(/scratch\/code\/src\/d\.ts:4:/);
  });

  test('wasm imported through the loader is inside, and its bytes count', async () => {
    const project = new TempProject({
      'stages/a.ts': "import wasm from '../kernels/k.wasm';\nconsole.log(wasm.length);\n",
      'kernels/k.wasm': 'one',
    });
    const before = await project.bundleDigest();
    expect(Object.keys((await project.code(ts)).closure)).toContain('kernels/k.wasm');
    project.write('kernels/k.wasm', 'two');
    expect(await project.bundleDigest()).not.toBe(before);
  });

  test('an import by pattern holds what matches, and a new match is seen', async () => {
    const project = new TempProject({
      'stages/a.ts': 'const m = await import(`./tasks/${process.argv[2]}.ts`);\nconsole.log(m);\n',
      'stages/tasks/deep/one.ts': 'export default 1;\n',
      'stages/tasks/two.ts': 'export default 2;\n',
    });
    const before = await project.bundleDigest();
    project.write('stages/tasks/deep/three.ts', 'export default 3;\n');
    expect(await project.bundleDigest()).not.toBe(before);
  });

  test('json and text are inside, and wasm that a package brings', async () => {
    const project = new TempProject({
      'stages/a.ts': `import data from './d.json' with { type: 'json' };
import text from './t.txt';
import wasm from 'pkg/k.wasm';
console.log(data, text, wasm.length);
`,
      'stages/d.json': '{"x":1}',
      'stages/t.txt': 'text',
      'node_modules/pkg/package.json': '{"name":"pkg"}',
      'node_modules/pkg/k.wasm': 'one',
    });
    const before = await project.code(ts);
    expect(before.packages).toEqual([]);
    expect(Object.keys(before.closure).sort()).toEqual([
      'node_modules/pkg/k.wasm',
      'stages/a.ts',
      'stages/d.json',
      'stages/t.txt',
    ]);
    project.write('node_modules/pkg/k.wasm', 'two');
    expect(await project.bundleDigest()).not.toBe(before.bundle?.digest);
  });

  test('an entry that is not there is an error that names it', async () => {
    expect(await new TempProject().complaint(ts)).toContain('stages/a.ts does not exist');
  });

  test('a root that is reached through a link is the root', async () => {
    const [project, elsewhere] = [new TempProject(CHAIN), new TempProject()];
    const link = join(elsewhere.root, 'link');
    symlinkSync(project.root, link);
    const linked = await project.resolver({}, link).code(makeInstance({ command: ts }));
    expect(linked.ok && linked.value.bundle?.digest).toBe(await project.bundleDigest());
    expect(linked.ok && Object.keys(linked.value.closure)).toContain('src/d.ts');
  });

  test('a broken import is an error that names file and line', async () => {
    const project = new TempProject({ 'stages/a.ts': "\nimport { x } from './gone.ts';\nx();\n" });
    expect(await project.complaint(ts)).toContain(
      'stages/a.ts:2:19: Could not resolve "./gone.ts"',
    );
  });

  test('no tsconfig.json above the root counts', async () => {
    const files = { 'stages/a.ts': 'class A {\n  x = 1;\n}\nconsole.log(new A());\n' };
    const outer = new TempProject({
      'tsconfig.json': '{"compilerOptions":{"useDefineForClassFields":false}}',
    });
    const inside = new TempProject(files, join(outer.root, 'repo'));
    expect(await inside.bundleDigest()).toBe(await new TempProject(files).bundleDigest());
    inside.write('tsconfig.json', '{"compilerOptions":{"useDefineForClassFields":false}}');
    expect(await inside.bundleDigest()).not.toBe(await new TempProject(files).bundleDigest());
  });
});

test('what a no-op loads holds neither the bundler nor the parser', async () => {
  const { metafile } = await build({
    entryPoints: [join(import.meta.dirname, '../../../../src/flow/key/code/code-resolver.ts')],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    external: ['esbuild'],
    outdir: 'out',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const loaded = new Set<string>();
  const load = (output: string): void => {
    if (loaded.has(output)) return;
    loaded.add(output);
    for (const { path, kind } of metafile.outputs[output]?.imports ?? []) {
      if (kind === 'import-statement') load(path);
    }
  };
  load('out/code-resolver.js');
  const inputs = [...loaded].flatMap((one) => Object.keys(metafile.outputs[one]?.inputs ?? {}));
  expect(inputs.join(' ')).toContain('src/flow/key/code/ts-bundle.ts');
  expect([...inputs, ...loaded].filter((path) => /esbuild|acorn/.test(path))).toEqual([]);
  expect(Object.keys(metafile.inputs).join(' ')).toContain('acorn');
});
