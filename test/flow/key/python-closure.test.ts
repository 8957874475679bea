import { execFileSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { digest, moduleNames, noPython, py } from './python.ts';
import { makeInstance, TempProject } from './temp-project.ts';

// Each test starts a Python, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

/** What this one source leads to, in a project with these files. */
async function found(
  source: string,
  files: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const names = await moduleNames(new TempProject({ ...files, 'stages/x.py': source }));
  return names.filter((name) => name !== 'stages/x.py');
}

describe.skipIf(noPython)('the modules of a py stage', () => {
  const CHAIN = {
    'stages/x.py': 'from helper import b\nprint(b)\n',
    'stages/helper.py': 'from lib.deep import c\nb = c + 1\n',
    'lib/__init__.py': '',
    'lib/deep.py': 'import lib.deeper as d\nc = d.d * 2\n',
    'lib/deeper.py': 'd = 20\n',
    'lib/other.py': 'raise SystemExit\n',
  };

  test('are those that it leads to, from its own folder and from the root', async () => {
    expect(await moduleNames(new TempProject(CHAIN))).toEqual([
      'lib/__init__.py',
      'lib/deep.py',
      'lib/deeper.py',
      'stages/helper.py',
      'stages/x.py',
    ]);
  });

  test('a changed comment keeps the digest, a changed module three files away does not', async () => {
    const project = new TempProject(CHAIN);
    const before = await digest(project);
    project.write('lib/deeper.py', '# Why.\nd  =  20  # the answer, nearly\n');
    expect(await digest(project)).toBe(before);
    project.write('lib/deeper.py', 'd = 21\n');
    expect(await digest(project)).not.toBe(before);
  });

  test('are found from a script without an ending, too', async () => {
    const project = new TempProject({ 'bin/tool': 'import lib.a\n', 'lib/a.py': '' });
    const code = await project.code({ kind: 'py', entry: 'bin/tool' });
    expect(code.python?.modules.map(({ path }) => path)).toEqual(['bin/tool', 'lib/a.py']);
  });

  test('a changed docstring changes it: a program can read its own', async () => {
    const project = new TempProject({ 'stages/x.py': '"""One."""\nprint(__doc__)\n' });
    const before = await digest(project);
    project.write('stages/x.py', '"""Two."""\nprint(__doc__)\n');
    expect(await digest(project)).not.toBe(before);
  });

  test('the repository may lie anywhere', async () => {
    const [here, there] = [new TempProject(CHAIN), new TempProject(CHAIN)];
    expect(await digest(here)).toBe(await digest(there));
    expect((await here.code(py)).closure).toEqual((await there.code(py)).closure);
  });

  test('their texts are kept, so that their lines can be shown later', async () => {
    const project = new TempProject(CHAIN);
    const { closure } = await project.code(py);
    expect(Object.keys(closure)).toHaveLength(5);
    for (const kept of Object.values(closure)) expect(project.blobs.has(kept)).toBe(true);
  });

  test.each<[string, string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'a package wins over a module of its name in one folder',
      'import k',
      { 'stages/k/__init__.py': '', 'stages/k.py': '' },
      ['stages/k/__init__.py'],
    ],
    [
      "the script's folder wins over the root, and both over the standard library",
      'import random, json',
      { 'stages/random.py': '', 'random.py': '', 'json.py': '' },
      ['json.py', 'stages/random.py'],
    ],
    ['a built-in module cannot be shadowed', 'import sys, math', { 'stages/sys.py': '' }, []],
    [
      'a name imported from a package may be a module of it',
      'from p import a, nothing',
      { 'p/__init__.py': '', 'p/a.py': '', 'p/b.py': '' },
      ['p/__init__.py', 'p/a.py'],
    ],
    [
      'relative imports of any level',
      'import p.q.r',
      {
        'p/__init__.py': '',
        'p/s.py': '',
        'p/t.py': '',
        'p/q/__init__.py': 'from .. import s',
        'p/q/r.py': 'from ..t import x',
      },
      ['p/__init__.py', 'p/q/__init__.py', 'p/q/r.py', 'p/s.py', 'p/t.py'],
    ],
    [
      'a namespace package has portions in several folders, none with an __init__',
      'import n.a\nfrom n import b\nimport n.deep.c',
      { 'stages/n/a.py': '', 'n/b.py': '', 'n/deep/c.py': '' },
      ['n/b.py', 'n/deep/c.py', 'stages/n/a.py'],
    ],
    [
      'a package proper anywhere on the path wins over a namespace package before it',
      'import n',
      { 'stages/n/a.py': '', 'n/__init__.py': '' },
      ['n/__init__.py'],
    ],
    [
      'a star takes what __all__ names',
      'from p import *',
      {
        'p/__init__.py': "__all__ = ['a']\n__all__ += ['b']",
        'p/a.py': '',
        'p/b.py': '',
        'p/c.py': '',
      },
      ['p/__init__.py', 'p/a.py', 'p/b.py'],
    ],
    [
      'a star takes every module where __all__ is computed',
      'from p import *',
      { 'p/__init__.py': '__all__ = sorted(globals())', 'p/a.py': '', 'p/c.py': '' },
      ['p/__init__.py', 'p/a.py', 'p/c.py'],
    ],
    [
      'conditional, nested and expected-to-fail imports count where they are found',
      'import sys\nif sys.platform == "x":\n  import a\ntry:\n  import b\nexcept ImportError:\n  import c\ndef f():\n  import d\n  import gone',
      { 'stages/a.py': '', 'stages/b.py': '', 'stages/c.py': '', 'stages/d.py': '' },
      ['stages/a.py', 'stages/b.py', 'stages/c.py', 'stages/d.py'],
    ],
    [
      'imports for a type checker do not',
      'from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n  import a\n  import gone\nelse:\n  import b',
      { 'stages/a.py': '', 'stages/b.py': '' },
      ['stages/b.py'],
    ],
    [
      'a loader with a literal name is an import',
      "import importlib as i\nfrom importlib import import_module as load\ni.import_module('a')\nload('p.b')\n__import__('c')",
      { 'stages/a.py': '', 'p/__init__.py': '', 'p/b.py': '', 'stages/c.py': '' },
      ['p/__init__.py', 'p/b.py', 'stages/a.py', 'stages/c.py'],
    ],
    [
      'a loader with a literal relative name, too',
      'import p',
      {
        'p/__init__.py': "from importlib import import_module\nimport_module('.a', __package__)",
        'p/a.py': '',
      },
      ['p/__init__.py', 'p/a.py'],
    ],
    [
      'names in other alphabets, cycles and a source in another encoding are read',
      'import größe',
      {
        'stages/größe.py': '# -*- coding: utf-8 -*-\nimport x2',
        'stages/x2.py': 'import größe',
      },
      ['stages/größe.py', 'stages/x2.py'],
    ],
  ])('%s', async (_what, source, files, expected) => {
    expect(await found(source, files)).toEqual(expected);
  });

  /** What flow found is what Python loads: the law that all of the above are cases of. */
  test('are the files that Python itself opens', async () => {
    const project = new TempProject({
      ...CHAIN,
      'stages/x.py':
        'import sys, helper, n.a, json\nfrom p import *\nprint("\\n".join(sorted(m.__file__ for m in list(sys.modules.values()) if getattr(m, "__file__", None))))\n',
      'stages/n/a.py': 'from lib.deeper import d\n',
      'n/b.py': '',
      'p/__init__.py': "__all__ = ['a']\nfrom . import b",
      'p/a.py': '',
      'p/b.py': '',
      'p/c.py': '',
    });
    const { python } = await project.code(py);
    const printed = execFileSync(python?.executable ?? '', ['stages/x.py'], {
      cwd: project.root,
      encoding: 'utf8',
      env: { PYTHONPATH: project.root, PYTHONDONTWRITEBYTECODE: '1' },
    });
    const opened = printed
      .split('\n')
      .filter((file) => file.startsWith(project.root))
      .map((file) => file.slice(project.root.length + 1));
    expect(opened.length).toBeGreaterThan(6);
    expect(python?.modules.map(({ path }) => path)).toEqual(opened.sort());
  });
});

describe.skipIf(noPython)('what cannot be seen', () => {
  test.each([
    [
      'import importlib\nimportlib.import_module(input())',
      'stages/x.py:2:1: what importlib.import_module loads',
    ],
    [
      'from importlib import import_module as f\ng = f',
      'stages/x.py:2:5: what importlib.import_module',
    ],
    [
      'from importlib import *\nimport_module(input())',
      'stages/x.py:2:1: what importlib.import_module',
    ],
    ["import importlib\nimportlib.import_module('.a', 'p')", 'importlib.import_module'],
    ['__import__(input())', 'what __import__ loads'],
    ['import runpy\nrunpy.run_path("a.py")', 'what runpy.run_path loads'],
    [
      'from importlib import util\nutil.spec_from_file_location("a", "a.py")',
      'spec_from_file_location',
    ],
    [
      'import pkgutil, p\nlist(pkgutil.walk_packages(p.__path__))',
      'what pkgutil.walk_packages loads',
    ],
    [
      'from importlib.metadata import entry_points\nentry_points()',
      'what importlib.metadata.entry_points loads',
    ],
    ['exec(open("a.py").read())', 'what exec loads'],
    [
      'import sys\nsys.path.insert(0, "lib")',
      'a change of sys.path lets imports find what cannot be seen',
    ],
    ['from sys import path\npath += ["lib"]', 'a change of sys.path'],
    ['import sys\nsys.path[0] = "lib"', 'a change of sys.path'],
    ['import sys\nsys.meta_path.append(None)', 'a change of sys.meta_path'],
    ['import p', 'p/__init__.py:1:1: a change of __path__'],
  ])('is an error with its place, and code: answers for it: %j', async (source, message) => {
    const project = new TempProject({
      'stages/x.py': source,
      'p/__init__.py': '__path__ = []\n',
      'lib/a.py': '',
    });
    const complaint = await project.complaint(py);
    expect(complaint).toContain(message);
    expect(complaint).toContain("under 'code:'");
    expect(await project.complaint(py, { code: ['lib/*.py'] })).toBe('ok');
  });

  test.each([
    'import sys\nprint(sys.path)',
    'class A:\n  def exec(self): pass\nA().exec()',
    'import re\nre.compile("a")',
    'from importlib import resources\nimport json\nresources.files(json)\nresources.files(__package__)',
  ])('is not suspected where nothing is loaded: %j', async (source) => {
    expect(await new TempProject({ 'stages/x.py': source }).complaint(py)).toBe('ok');
  });

  test('imports of code: files count: what a plug-in brings in is in the key, too', async () => {
    const project = new TempProject({
      'stages/x.py': 'import importlib, sys\nimportlib.import_module(sys.argv[1])\n',
      'plugins/a.py': 'import lib.b\n',
      'lib/b.py': '',
    });
    const code = await project.code(py, { code: ['plugins/*.py'] });
    expect(code.files.map(({ path }) => path)).toEqual(['plugins/a.py']);
    expect(code.python?.modules.map(({ path }) => path)).toEqual(['lib/b.py', 'stages/x.py']);
  });

  test.each([
    ['from . import a', 'stages/x.py:1: a relative import that leads out of its package'],
    ['import gone', "stages/x.py:1 imports 'gone', which"],
    ['\nimport lib.gone', "stages/x.py:2 imports 'lib.gone', which"],
    ['def f(:\n  pass', 'stages/x.py:1: invalid syntax'],
    ['import bad', 'stages/bad.py:2: '],
  ])('mistakes are told with their place: %j', async (source, message) => {
    const project = new TempProject({
      'stages/x.py': source,
      'lib/__init__.py': '',
      'stages/bad.py': '\nx = = 1\n',
    });
    expect(await project.complaint(py)).toContain(message);
  });

  test('an entry that is not there and a PYTHONPATH of the stage are refused', async () => {
    const project = new TempProject({ 'a.txt': '' });
    expect(await project.complaint(py)).toContain('stages/x.py does not exist');
    const env = [{ name: 'PYTHONPATH', key: true }];
    expect(await project.complaint(py, { env })).toContain('PYTHONPATH of its own');
  });

  test('no Python at all is said, with what to do', async () => {
    const project = new TempProject({ 'stages/x.py': '' });
    project.env = { PATH: project.root };
    expect(await project.complaint(py)).toContain('stages/x.py needs Python, and there is none');
  });
});

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
