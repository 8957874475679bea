import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { InstanceId } from '../../../../src/flow/core/ids.ts';
import type { Instance } from '../../../../src/flow/pipeline/dag.ts';
import { TempProject } from '../temp-project.ts';

const ts = { kind: 'ts', entry: 'stages/a.ts' } as const;

/** An input that is a probe's fact. */
const FACT: Instance['inputs'] = [
  {
    kind: 'artifact',
    name: 'backend',
    from: { instance: 'probe.backend' as InstanceId, output: 'stdout', path: 'backend' },
  },
];

type Lock = Readonly<Record<string, object>>;

/** Each package is a folder with an index.js, and an entry of npm's list. */
function projectWith(source: string, lock: Lock, packageJson: object = {}): TempProject {
  const project = new TempProject({
    'package.json': JSON.stringify({ type: 'module', ...packageJson }),
    'node_modules/.package-lock.json': JSON.stringify({ packages: lock }),
    'stages/a.ts': source,
  });
  for (const path of Object.keys(lock).filter((one) => one.includes('node_modules/'))) {
    project.write(`${path}/package.json`, '{"type":"module","main":"index.js"}');
    project.write(`${path}/index.js`, 'export default 1;\n');
  }
  return project;
}

const entry = (version: string, dependencies: object = {}): object => ({
  version,
  integrity: `sha512-${version}`,
  dependencies,
});

const install = (project: TempProject, lock: Lock): void =>
  project.write('node_modules/.package-lock.json', JSON.stringify({ packages: lock }));

const fromGit = (commit: string, user = ''): Lock => ({
  'node_modules/a': {
    version: '1.0.0',
    resolved: `git+https://${user}git.example/a.git#${commit}`,
  },
});

const packageNames = async (project: TempProject, parts: Partial<Instance>): Promise<unknown> =>
  (await project.code(ts, parts)).packages?.map(({ name }) => name);

describe('packages in the key', () => {
  test('are what is installed of what is imported, with all that it leads to', async () => {
    const project = projectWith("import '@s/a/sub.js';\nimport 'node:fs';\nimport 'path';\n", {
      'node_modules/@s/a': entry('1.0.0', { b: '^1' }),
      'node_modules/b': entry('2.0.0'),
      'node_modules/@s/a/node_modules/b': entry('1.5.0', { c: '*' }),
      'node_modules/c': {
        version: '3.0.0',
        peerDependencies: { '@s/a': '*', gone: '*', peer: '*' },
      },
      'node_modules/peer': { version: '4.0.0' },
      'node_modules/unrelated': entry('9.0.0'),
    });
    project.write('node_modules/@s/a/sub.js', '');
    expect((await project.code(ts)).packages).toEqual([
      { name: '@s/a', version: '1.0.0', integrity: 'sha512-1.0.0' },
      { name: 'b', version: '1.5.0', integrity: 'sha512-1.5.0' },
      { name: 'c', version: '3.0.0' },
      { name: 'peer', version: '4.0.0' },
    ]);
  });

  test('change with a version, not with a package that nothing imports', async () => {
    const lock = { 'node_modules/a': entry('1.0.0') };
    const project = projectWith("import 'a';\n", lock);
    const before = await project.code(ts);
    install(project, { ...lock, 'node_modules/z': entry('1.0.0') });
    expect((await project.code(ts)).packages).toEqual(before.packages);
    install(project, { 'node_modules/a': entry('1.0.1') });
    const after = await project.code(ts);
    expect(after.packages).not.toEqual(before.packages);
    expect(after.bundle?.digest).toBe(before.bundle?.digest);
  });

  test('hold where one comes from that has no integrity, without the words that open it', async () => {
    const project = projectWith("import 'a';\n", fromGit('abc', 'me:secret@'));
    expect((await project.code(ts)).packages).toEqual([
      { name: 'a', version: '1.0.0', resolved: 'git+https://git.example/a.git#abc' },
    ]);
    install(project, fromGit('def'));
    expect((await project.code(ts)).packages).toMatchObject([
      { resolved: 'git+https://git.example/a.git#def' },
    ]);
    const command = { kind: 'cmd', argv: ['node', 'node_modules/a/index.js'] } as const;
    expect((await project.code(command)).packages).toMatchObject([
      { resolved: 'git+https://git.example/a.git#def' },
    ]);
  });

  test.each([ts, { kind: 'cmd', argv: ['node', 'node_modules/a/index.js'] } as const])(
    'hold the content of one that was copied from a folder, for $kind',
    async (command) => {
      const project = projectWith("import 'a';\n", {
        'node_modules/a': { version: '1.0.0', resolved: 'file:lib' },
      });
      const before = (await project.code(command)).packages;
      expect(before).toEqual([
        { name: 'a', version: '1.0.0', content: expect.stringMatching(/^sha256:/) as string },
      ]);
      project.write('node_modules/a/index.js', 'export default 2;\n');
      const after = (await project.code(command)).packages;
      expect(after).not.toEqual(before);
      project.write('node_modules/a/index.js', 'export default 1;\n');
      project.write('node_modules/a/node_modules/b/index.js', 'b has an entry of its own\n');
      expect((await project.code(command)).packages).toEqual(before);
    },
  );

  test('hold what is required lazily, by createRequire or by import.meta.resolve', async () => {
    const project = projectWith(
      `import { createRequire } from 'node:module';
const require = createRequire(import.meta.url);
require.resolve('a/k.wasm');
import.meta.resolve('b/x');
await import('c').catch(() => undefined);
await import('absent').catch(() => undefined);
`,
      {
        'node_modules/a': entry('1.0.0'),
        'node_modules/b': entry('1.0.0'),
        'node_modules/c': entry('1.0.0'),
      },
    );
    expect((await project.code(ts)).packages?.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  test.each([
    { optionalDependencies: { native: '*' } },
    { peerDependencies: { native: '*' }, peerDependenciesMeta: { native: { optional: true } } },
  ])(
    'hold optional ones, but not for an instance that is told what the machine has',
    async (wish) => {
      const project = projectWith(
        "import 'a';\nawait import('native').catch(() => undefined);\n",
        {
          'node_modules/a': entry('1.0.0', { native: '*' }),
          'node_modules/native': entry('1.0.0', { deep: '*' }),
          'node_modules/deep': entry('1.0.0'),
        },
        wish,
      );
      const names = async (parts: Partial<Instance>): Promise<readonly string[] | undefined> =>
        (await project.code(ts, parts)).packages?.map(({ name }) => name);
      expect(await names({})).toEqual(['a', 'deep', 'native']);
      expect(await names({ inputs: FACT })).toEqual(['a']);
    },
  );

  describe('of a workspace', () => {
    const source = "import 'a';\nimport { open } from 'ml';\nawait open();\n";
    const installed: Lock = {
      'node_modules/native': entry('1.0.0', { deep: '*' }),
      'node_modules/deep': entry('1.0.0'),
    };

    /** As npm lists a workspace: a link, and the folder that it leads to. */
    const workspace = (wish: object, more: Lock, packageJson: object): TempProject => {
      const project = projectWith(
        source,
        {
          'node_modules/a': entry('1.0.0'),
          'node_modules/ml': { resolved: 'src/ml', link: true },
          'src/ml': { version: '0.0.0', ...wish },
          ...more,
        },
        packageJson,
      );
      const own = JSON.stringify({ name: 'ml', type: 'module', main: 'open.ts', ...wish });
      project.write('src/ml/package.json', own);
      project.write(
        'src/ml/open.ts',
        "export const open = () => import('native').catch(() => undefined);\n",
      );
      rmSync(join(project.root, 'node_modules/ml'), { recursive: true, force: true });
      symlinkSync('../src/ml', join(project.root, 'node_modules/ml'));
      return project;
    };

    test.each([
      { optionalDependencies: { native: '*' } },
      { peerDependencies: { native: '*' }, peerDependenciesMeta: { native: { optional: true } } },
    ])('optional ones are treated as the root’s own: %j', async (wish) => {
      const withNative = workspace(wish, installed, { workspaces: ['src/ml'] });
      expect(await packageNames(withNative, {})).toEqual(['a', 'deep', 'native']);
      expect(await packageNames(withNative, { inputs: FACT })).toEqual(['a']);
      const without = workspace(wish, {}, { workspaces: ['src/ml'] });
      expect(await packageNames(without, {})).toEqual(['a']);
      expect(await packageNames(without, { inputs: FACT })).toEqual(['a']);
    });

    test('its other packages count in any case', async () => {
      const project = workspace({ dependencies: { native: '*' } }, installed, {
        workspaces: { packages: ['src/*'] },
      });
      expect(await packageNames(project, { inputs: FACT })).toEqual(['a', 'deep', 'native']);
    });

    test('optional ones of a linked package that is none count in any case', async () => {
      const project = workspace({ optionalDependencies: { native: '*' } }, installed, {});
      expect(await packageNames(project, { inputs: FACT })).toEqual(['a', 'deep', 'native']);
    });
  });

  test('a static import of what is not installed is an error that names the file', async () => {
    const project = projectWith("import 'gone';\n", {});
    const complaint = await project.complaint(ts);
    expect(complaint).toContain("stages/a.ts imports 'gone'");
    expect(complaint).toContain('npm install gone');
  });

  test('a static import of an optional one that is not installed is left to Node', async () => {
    const wish = { optionalDependencies: { native: '*' } };
    const project = projectWith("import 'native';\n", {}, wish);
    expect(await project.complaint(ts)).toBe('ok');
  });

  test('a linked package is code of the project: it goes into the bundle', async () => {
    const project = projectWith("import { x } from 'linked';\nconsole.log(x);\n", {
      'node_modules/linked': { resolved: 'packages/linked', link: true },
      'packages/linked': { version: '1.0.0' },
    });
    project.remove('node_modules/linked');
    project.write('packages/linked/package.json', '{"type":"module","main":"./x.js"}');
    project.write('packages/linked/x.js', 'export const x = 1;\n');
    mkdirSync(join(project.root, 'node_modules'), { recursive: true });
    symlinkSync('../packages/linked', join(project.root, 'node_modules/linked'));
    const before = await project.code(ts);
    expect(before.packages).toEqual([]);
    expect(Object.keys(before.closure)).toContain('packages/linked/x.js');
    project.write('packages/linked/x.js', 'export const x = 2;\n');
    expect((await project.code(ts)).bundle?.digest).not.toBe(before.bundle?.digest);
  });

  test('stay packages where node_modules is a link to a folder elsewhere', async () => {
    const project = projectWith("import 'a';\n", { 'node_modules/a': entry('1.0.0') });
    const elsewhere = `${project.root}-installed`;
    onTestFinished(() => rmSync(elsewhere, { recursive: true, force: true }));
    renameSync(join(project.root, 'node_modules'), elsewhere);
    symlinkSync(elsewhere, join(project.root, 'node_modules'));
    const code = await project.code(ts);
    expect(code.packages?.map(({ name }) => name)).toEqual(['a']);
    expect(Object.keys(code.closure)).toEqual(['stages/a.ts']);
  });

  test('the stage kit goes into the bundle wherever it is installed', async () => {
    const project = projectWith(
      "import { openStage } from 'fastmtl-flow/stage-kit';\nopenStage();\n",
      {
        'node_modules/fastmtl-flow': entry('1.0.0', { listr2: '*' }),
      },
    );
    project.write(
      'node_modules/fastmtl-flow/package.json',
      '{"name":"fastmtl-flow","type":"module","exports":{"./stage-kit":"./kit.js"}}',
    );
    project.write('node_modules/fastmtl-flow/kit.js', 'export const openStage = () => 1;\n');
    const code = await project.code(ts);
    expect(code.packages).toEqual([]);
    expect(Object.keys(code.closure)).toContain('node_modules/fastmtl-flow/kit.js');
  });

  test('a project that has not installed the stage kit gets the one of the running flow', async () => {
    const project = new TempProject({
      'stages/a.ts': "import { openStage } from 'fastmtl-flow/stage-kit';\nopenStage();\n",
    });
    const code = await project.code(ts);
    expect(Object.keys(code.closure).sort()).toEqual([
      'fastmtl-flow/dist/stage-kit.js',
      'stages/a.ts',
    ]);
  });

  test('a bundled CommonJS file may require what Node brings', async () => {
    const project = new TempProject({
      'stages/a.ts': "import sep from './old.cjs';\nconsole.log(sep);\n",
      'stages/old.cjs': "module.exports = require('node:path').sep;\n",
    });
    const bytes = await (await project.code(ts)).bundle?.bytes();
    if (bytes?.ok !== true) throw new Error('no bytes');
    project.write('bundle.mjs', bytes.value);
    const file = join(project.root, 'bundle.mjs');
    expect(execFileSync(process.execPath, [file], { encoding: 'utf8' })).toBe('/\n');
  });

  test('a command that names a file of a package has that package', async () => {
    const project = projectWith('', {
      'node_modules/tool': entry('1.0.0', { b: '*' }),
      'node_modules/b': entry('1.0.0'),
    });
    mkdirSync(join(project.root, 'node_modules/.bin'));
    symlinkSync('../tool/index.js', join(project.root, 'node_modules/.bin/tool'));
    const code = await project.code({ kind: 'cmd', argv: ['node_modules/.bin/tool', 'x'] });
    expect(code.packages?.map(({ name }) => name)).toEqual(['b', 'tool']);
    expect(code.files).toEqual([]);
  });
});
