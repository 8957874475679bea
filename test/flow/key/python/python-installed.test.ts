import { execFileSync } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { digest, moduleNames, noPython, py } from '../python.ts';
import { TempProject } from '../temp-project.ts';

// Each test makes an environment, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

/** A project with an environment of its own: `.venv`, with distributions written by hand. */
function withEnvironment(source: string): { project: TempProject; site: string } {
  const project = new TempProject({ 'stages/x.py': source });
  delete (project.env = { ...process.env })['VIRTUAL_ENV'];
  execFileSync('python3', ['-m', 'venv', '--without-pip', join(project.root, '.venv')]);
  const python = join(project.root, '.venv/bin/python');
  const ask = 'import sysconfig; print(sysconfig.get_path("purelib"))';
  const site = execFileSync(python, ['-c', ask], { encoding: 'utf8' }).trim();
  return { project, site: site.slice(project.root.length + 1) };
}

function install(
  { project, site }: { project: TempProject; site: string },
  name: string,
  version: string,
  modules: Readonly<Record<string, string>>,
  requires: readonly string[] = [],
): void {
  const info = `${site}/${name}-${version}.dist-info`;
  const metadata = ['Metadata-Version: 2.1', `Name: ${name}`, `Version: ${version}`];
  project.write(
    `${info}/METADATA`,
    [...metadata, ...requires.map((r) => `Requires-Dist: ${r}`), '', ''].join('\n'),
  );
  const files = [...Object.keys(modules), `${name}-${version}.dist-info/METADATA`];
  project.write(`${info}/RECORD`, files.map((file) => `${file},,\n`).join(''));
  for (const [file, text] of Object.entries(modules)) project.write(`${site}/${file}`, text);
}

const packages = async (project: TempProject): Promise<readonly string[]> =>
  ((await project.code(py)).packages ?? []).map(({ name, version }) => `${name} ${version}`);

describe.skipIf(noPython)('what is installed', () => {
  test('enters the key by name and version, with what it requires, and nothing else', async () => {
    const venv = withEnvironment('import numbers_, yaml_.load\nfrom ns.one import a\n');
    install(venv, 'Numbers_Py', '1.2.0', { 'numbers_/__init__.py': '' }, [
      'helper (>=1)',
      'fast-thing; extra == "speed"',
      'absent',
    ]);
    install(venv, 'helper', '3', { 'helper.py': '' }, ['numbers-py']);
    install(venv, 'fast.thing', '0.1', { 'fast.py': '' });
    install(venv, 'PyYAML_', '6', { 'yaml_/__init__.py': '', 'yaml_/load.py': '' });
    install(venv, 'ns-one', '1', { 'ns/one/__init__.py': '' });
    install(venv, 'unused', '9', { 'unused.py': '' });
    expect(await packages(venv.project)).toEqual([
      'fast-thing 0.1',
      'helper 3',
      'ns-one 1',
      'numbers-py 1.2.0',
      'pyyaml- 6',
    ]);
    expect(await moduleNames(venv.project)).toEqual(['stages/x.py']);
    const { python } = await venv.project.code(py);
    expect(python?.executable).toBe(join(venv.project.root, '.venv/bin/python'));
    expect(python?.version).toMatch(/^[a-z]+-3\.\d+\.\d+/);
  });

  test('another version changes it, a new optional one too', async () => {
    const venv = withEnvironment('import one\ntry:\n  import two\nexcept ImportError: pass\n');
    install(venv, 'one', '1', { 'one.py': '' });
    expect(await packages(venv.project)).toEqual(['one 1']);
    rmSync(join(venv.project.root, venv.site, 'one-1.dist-info'), { recursive: true });
    install(venv, 'one', '2', { 'one.py': '' });
    expect(await packages(venv.project)).toEqual(['one 2']);
    install(venv, 'two', '1', { 'two.py': '' });
    expect(await packages(venv.project)).toEqual(['one 2', 'two 1']);
  });

  test('one that was installed from a folder, a file or a repository counts by its files', async () => {
    const venv = withEnvironment('import one, plain\n');
    const reinstall = (text: string, direct?: object): void => {
      const info = `${venv.site}/one-1.dist-info`;
      const hash = createHash('sha256').update(text).digest('base64url');
      venv.project.write(`${venv.site}/one.py`, text);
      const lines = [
        `one.py,sha256=${hash},${text.length}`,
        '__pycache__/one.cpython-311.pyc,,',
        `../../../bin/one,sha256=${randomUUID()},9`,
        'one-1.dist-info/METADATA,sha256=abc,9',
        `one-1.dist-info/uv_cache.json,sha256=${randomUUID()},9`,
        'one-1.dist-info/RECORD,,',
      ];
      venv.project.write(`${info}/RECORD`, `${lines.join('\n')}\n`);
      if (direct !== undefined) {
        venv.project.write(`${info}/direct_url.json`, JSON.stringify(direct));
      }
    };
    const found = async (): Promise<unknown> => (await venv.project.code(py)).packages;
    install(venv, 'one', '1', { 'one.py': '' });
    install(venv, 'plain', '2', { 'plain.py': '' });
    await sleep(20);
    const plain = { name: 'plain', version: '2' };
    expect(await found()).toEqual([{ name: 'one', version: '1' }, plain]);
    const folder = { url: 'file:///lib', dir_info: {} };
    reinstall('x = 1\n', folder);
    const first = await found();
    const content = expect.stringMatching(/^sha256:[0-9a-f]{64}$/) as string;
    expect(first).toEqual([{ name: 'one', version: '1', content }, plain]);
    reinstall('x = 2\n', folder);
    expect(await found()).not.toEqual(first);
    // The same files from another place, with other scripts and notes of the installer.
    reinstall('x = 1\n', {
      url: 'https://git.example/one',
      vcs_info: { vcs: 'git', commit_id: 'f' },
    });
    expect(await found()).toEqual(first);
  });

  test.each([
    [
      'a commit',
      { vcs_info: { vcs: 'git', commit_id: 'abc' } },
      { vcs_info: { vcs: 'git', commit_id: 'def' } },
    ],
    ['an archive', { archive_info: { hash: 'sha256=a' } }, { archive_info: { hash: 'sha256=b' } }],
  ])('one that lists no digests of files counts by %s', async (_what, old, now) => {
    const venv = withEnvironment('import one\n');
    install(venv, 'one', '1', { 'one.py': '' });
    const direct = (more: object): void =>
      venv.project.write(
        `${venv.site}/one-1.dist-info/direct_url.json`,
        JSON.stringify({ url: 'https://me:secret@x/y', ...more }),
      );
    await sleep(20);
    direct(old);
    const before = (await venv.project.code(py)).packages;
    direct(now);
    expect((await venv.project.code(py)).packages).not.toEqual(before);
    direct(old);
    expect((await venv.project.code(py)).packages).toEqual(before);
  });

  test('a module of the project shadows it', async () => {
    const venv = withEnvironment('import one\n');
    install(venv, 'one', '1', { 'one.py': '' });
    venv.project.write('one.py', '');
    expect(await packages(venv.project)).toEqual([]);
    expect(await moduleNames(venv.project)).toEqual(['one.py', 'stages/x.py']);
  });

  test('an editable installation counts by its files, wherever they lie', async () => {
    const venv = withEnvironment('import mine.a\nimport theirs\n');
    const elsewhere = new TempProject({
      'src/theirs/__init__.py': 'from . import b\n',
      'src/theirs/b.py': '',
    });
    venv.project.write('src/mine/__init__.py', '');
    venv.project.write('src/mine/a.py', 'import other\n');
    venv.project.write('src/other.py', '');
    venv.project.write(`${venv.site}/__editable__.mine.pth`, join(venv.project.root, 'src'));
    venv.project.write(`${venv.site}/theirs.pth`, join(elsewhere.root, 'src'));
    expect(await moduleNames(venv.project)).toEqual([
      '.linked/theirs/theirs/__init__.py',
      '.linked/theirs/theirs/b.py',
      'src/mine/__init__.py',
      'src/mine/a.py',
      'src/other.py',
      'stages/x.py',
    ]);
    expect((await venv.project.code(py)).python?.path).toEqual(['.', 'src', '.linked/theirs']);
    const before = await digest(venv.project);
    elsewhere.write('src/theirs/b.py', 'x = 1\n');
    expect(await digest(venv.project)).not.toBe(before);
  });

  test('an editable installation through a finder of its own, too', async () => {
    const venv = withEnvironment('import mapped\n');
    venv.project.write('deep/mapped/__init__.py', '');
    const finder = `import sys, importlib.util
class Finder:
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name == 'mapped':
            place = ${JSON.stringify(join(venv.project.root, 'deep/mapped'))}
            return importlib.util.spec_from_file_location(
                name, place + '/__init__.py', submodule_search_locations=[place])
def install():
    sys.meta_path.append(Finder)
`;
    venv.project.write(`${venv.site}/__editable___mapped_1_finder.py`, finder);
    const hook = 'import __editable___mapped_1_finder as f; f.install()\n';
    venv.project.write(`${venv.site}/__editable__.mapped-1.pth`, hook);
    expect(await moduleNames(venv.project)).toEqual(['deep/mapped/__init__.py', 'stages/x.py']);
  });

  test('what was put there by hand counts by its files', async () => {
    const venv = withEnvironment('import loose\n');
    venv.project.write(`${venv.site}/loose.py`, '');
    expect(await moduleNames(venv.project)).toEqual(['.linked/loose/loose.py', 'stages/x.py']);
    const before = await digest(venv.project);
    venv.project.write(`${venv.site}/loose.py`, 'x = 1\n');
    expect(await digest(venv.project)).not.toBe(before);
  });

  test('a package that was put there by hand counts by all its files', async () => {
    const venv = withEnvironment('import loose.a\nfrom loose import b\n');
    install(venv, 'one', '1', { 'one.py': '' });
    venv.project.write(`${venv.site}/loose/__init__.py`, 'from . import inner\n');
    venv.project.write(`${venv.site}/loose/a.py`, 'import one\n');
    venv.project.write(`${venv.site}/loose/b.py`, '');
    venv.project.write(`${venv.site}/loose/inner/__init__.py`, 'from .deep import c\n');
    venv.project.write(`${venv.site}/loose/inner/deep.py`, 'c = 1\n');
    venv.project.write(`${venv.site}/loose/unused.py`, '');
    expect(await moduleNames(venv.project)).toEqual([
      '.linked/loose/loose/__init__.py',
      '.linked/loose/loose/a.py',
      '.linked/loose/loose/b.py',
      '.linked/loose/loose/inner/__init__.py',
      '.linked/loose/loose/inner/deep.py',
      'stages/x.py',
    ]);
    expect(await packages(venv.project)).toEqual(['one 1']);
    const before = await digest(venv.project);
    venv.project.write(`${venv.site}/loose/inner/deep.py`, 'c = 2\n');
    expect(await digest(venv.project)).not.toBe(before);
  });

  test('a distribution that tells neither files nor modules owns the name that it bears', async () => {
    const venv = withEnvironment('import old_style.a\n');
    const metadata = 'Metadata-Version: 1.1\nName: Old.Style\nVersion: 0.9\n';
    venv.project.write(`${venv.site}/Old.Style-0.9.egg-info`, metadata);
    venv.project.write(`${venv.site}/old_style/__init__.py`, '');
    venv.project.write(`${venv.site}/old_style/a.py`, '');
    expect(await packages(venv.project)).toEqual(['old-style 0.9']);
    expect(await moduleNames(venv.project)).toEqual(['stages/x.py']);
  });

  test('a distribution owns the compiled module that it put there alone, and what it says by name', async () => {
    const venv = withEnvironment('import fast_impl, yaml_\n');
    install(venv, 'fast', '1', { 'fast_impl.abi3.so': '' });
    const info = `${venv.site}/PyYAML_-6.egg-info`;
    venv.project.write(`${info}/PKG-INFO`, 'Metadata-Version: 1.1\nName: PyYAML_\nVersion: 6\n');
    venv.project.write(`${info}/top_level.txt`, '_yaml\nyaml_\n');
    venv.project.write(`${venv.site}/yaml_/__init__.py`, '');
    expect(await packages(venv.project)).toEqual(['fast 1', 'pyyaml- 6']);
    expect(await moduleNames(venv.project)).toEqual(['stages/x.py']);
  });

  test('of two installations of one distribution the first on the path counts', async () => {
    const venv = withEnvironment('import one\n');
    install(venv, 'one', '1', { 'one.py': '' });
    install({ ...venv, site: 'more/site-packages' }, 'one', '2', { 'one.py': '' });
    venv.project.write(`${venv.site}/more.pth`, join(venv.project.root, 'more/site-packages'));
    expect(await packages(venv.project)).toEqual(['one 1']);
  });

  test('an active environment is taken instead of the project’s own', async () => {
    const [venv, active] = [withEnvironment('import one\n'), withEnvironment('')];
    install(venv, 'one', '1', { 'one.py': '' });
    install(active, 'one', '2', { 'one.py': '' });
    const folder = join(active.project.root, '.venv');
    const found = `${folder}/bin:${process.env['PATH']}`;
    venv.project.env = { ...venv.project.env, VIRTUAL_ENV: folder, PATH: found };
    const { python } = await venv.project.code(py);
    expect(python?.executable).toBe(join(folder, 'bin/python3'));
    expect(await packages(venv.project)).toEqual(['one 2']);
  });

  test('only those PYTHON variables say where it lies that the stage declares', async () => {
    const project = new TempProject({ 'stages/x.py': 'import mine\n', 'lib/other.py': '' });
    const base = join(project.root, 'user');
    project.env = { ...process.env, PYTHONUSERBASE: base, PYTHONPATH: join(project.root, 'lib') };
    const ask = 'import site; print(site.getusersitepackages())';
    const site = execFileSync('python3', ['-c', ask], {
      encoding: 'utf8',
      env: project.env,
    }).trim();
    install({ project, site: site.slice(project.root.length + 1) }, 'mine', '1', { 'mine.py': '' });
    expect(await project.complaint(py)).toContain("imports 'mine', which");
    const env = [{ name: 'PYTHONUSERBASE', key: true }];
    const code = await project.code(py, { env });
    expect(code.packages?.map(({ name, version }) => `${name} ${version}`)).toEqual(['mine 1']);
    project.write('stages/x.py', 'import other\n');
    expect(await project.complaint(py, { env })).toContain("imports 'other', which");
  });

  test('what is remembered does not outlive a change of where the interpreter looks', async () => {
    const venv = withEnvironment('import mine\n');
    const { project, site } = venv;
    project.write('src/one/mine.py', 'x = 1\n');
    project.write('src/two/mine.py', 'x = 2\n');
    const leads = (name: string): void =>
      project.write(`${site}/mine.pth`, join(project.root, 'src', name));
    leads('one');
    await sleep(20);
    expect(await moduleNames(project)).toEqual(['src/one/mine.py', 'stages/x.py']);
    leads('two');
    expect(await moduleNames(project)).toEqual(['src/two/mine.py', 'stages/x.py']);
    await sleep(20);
    await moduleNames(project);
    const before = project.pythons;
    const settings = execFileSync('cat', [join(project.root, '.venv/pyvenv.cfg')], {
      encoding: 'utf8',
    });
    project.write('.venv/pyvenv.cfg', `${settings}# another\n`);
    await moduleNames(project);
    expect(project.pythons).toBe(before + 1);
  });

  test('another interpreter behind the same name is noticed', async () => {
    const project = new TempProject({ 'stages/x.py': '', 'bin/.keep': '' });
    const real = execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], {
      encoding: 'utf8',
    }).trim();
    project.write('one', `#!/bin/sh\nexec ${real} "$@"\n`);
    project.write('two', `#!/bin/sh\nexec ${real} "$@"\n`);
    execFileSync('chmod', ['+x', join(project.root, 'one'), join(project.root, 'two')]);
    project.env = { ...process.env, PATH: `${project.root}/bin:${process.env['PATH']}` };
    const link = join(project.root, 'bin/python3');
    symlinkSync('../one', link);
    await project.code(py);
    await sleep(20);
    await project.code(py);
    const before = project.pythons;
    rmSync(link);
    symlinkSync('../two', link);
    await project.code(py);
    expect(project.pythons).toBe(before + 1);
  });
});
