import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { digest, noPython, py } from '../python.ts';
import { makeInstance, TempProject } from '../temp-project.ts';

// Each test starts a Python, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

async function remembered(): Promise<TempProject> {
  const project = new TempProject({
    'stages/x.py': 'import n.a\nimport helper\ntry:\n  import maybe\nexcept ImportError: pass\n',
    'stages/helper.py': '',
    'n/a.py': '',
  });
  // Longer than a tick of the file system's clock.
  await sleep(20);
  await project.code(py);
  expect(project.pythons).toBe(1);
  return project;
}

describe.skipIf(noPython)('a remembered closure', () => {
  test('starts no process while nothing has changed', async () => {
    const project = await remembered();
    await project.code(py);
    project.write('results/a.svg', '');
    project.write('stages/y.py', '');
    project.touch('stages/helper.py', 1_000_000_000);
    await project.code(py);
    expect(project.pythons).toBe(1);
  });

  test('is not kept once a module came while Python looked for it', async () => {
    const project = await remembered();
    project.memos.clear();
    project.afterPython = () => project.write('stages/maybe.py', '');
    await project.code(py);
    project.afterPython = () => undefined;
    expect(project.memos.size).toBe(0);
    const after = await digest(project);
    project.memos.clear();
    expect(await digest(project)).toBe(after);
  });

  test('does not outlive a change of what code: names', async () => {
    const project = new TempProject({
      'stages/x.py': '',
      'plugins/a.py': 'import lib.b\n',
      'lib/b.py': '',
      'lib/c.py': '',
    });
    const modules = async () =>
      (await project.code(py, { code: ['plugins/*.py'] })).python?.modules.map(({ path }) => path);
    await sleep(20);
    expect(await modules()).toEqual(['lib/b.py', 'stages/x.py']);
    project.write('plugins/a.py', 'import lib.c\n');
    expect(await modules()).toEqual(['lib/c.py', 'stages/x.py']);
  });

  test('does not outlive a new module that a star takes', async () => {
    const project = new TempProject({
      'stages/x.py': 'from p import *\n',
      'p/__init__.py': '__all__ = sorted(globals())\n',
      'p/a.py': '',
    });
    await sleep(20);
    const modules = async () => (await project.code(py)).python?.modules.map(({ path }) => path);
    expect(await modules()).toEqual(['p/__init__.py', 'p/a.py', 'stages/x.py']);
    project.write('p/b.py', '');
    expect(await modules()).toEqual(['p/__init__.py', 'p/a.py', 'p/b.py', 'stages/x.py']);
  });

  test('one entry is read once for all its instances', async () => {
    const project = await remembered();
    project.memos.clear();
    const resolver = project.resolver();
    await Promise.all(
      [1, 2, 3].map((seed) => resolver.code(makeInstance({ command: py, params: { seed } }))),
    );
    expect(project.pythons).toBe(2);
  });

  test.each([
    ['a changed module', 'stages/helper.py', 'x = 1\n'],
    ['a module that was missing', 'stages/maybe.py', ''],
    ['a module that was missing, at the root', 'maybe.py', ''],
    ['a package that shadows a module', 'stages/helper/__init__.py', ''],
    ['an __init__ that makes a namespace a package', 'n/__init__.py', ''],
    ['a package that takes a namespace over', 'stages/n/__init__.py', ''],
  ])('does not outlive %s', async (_what, path, text) => {
    const project = await remembered();
    const before = await project.complaint(py);
    expect(before).toBe('ok');
    const old = await digest(project);
    project.write(path, text);
    const complaint = await project.complaint(py);
    // A package that takes the namespace over lacks the module: that is told, not overlooked.
    if (complaint === 'ok') expect(await digest(project)).not.toBe(old);
    else expect(complaint).toContain("'n.a'");
    expect(project.pythons).toBeGreaterThan(1);
  });
});
