import { execFileSync } from 'node:child_process';
import { describe, expect, test, vi } from 'vitest';
import { digest, moduleNames, noPython, py } from '../python.ts';
import { TempProject } from '../temp-project.ts';

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

  test.each([
    ['a sum of 2,500 terms', `x = ${Array(2500).fill('1').join(' + ')}`],
    ['a call chain', `x = str()${'.strip()'.repeat(700)}`],
    ['a large number', `x = 0x${'f'.repeat(20_000)}`],
    ['a large literal', `x = [${Array(100_000).fill('"a"').join()}]`],
  ])('%s is read', async (_, line) => {
    const project = new TempProject({
      'stages/x.py': `${line}\nfrom lib import y\n`,
      'lib/y.py': '',
    });
    expect(await moduleNames(project)).toEqual(['lib/y.py', 'stages/x.py']);
    execFileSync('python3', [`${project.root}/stages/x.py`], {
      env: { ...process.env, PYTHONPATH: project.root },
    });
  });

  test('what is too deep for Python itself is an error of this file', async () => {
    const project = new TempProject({
      'stages/x.py': `x = ${'('.repeat(5000)}1${')'.repeat(5000)}\n`,
    });
    expect(await project.complaint({ kind: 'py', entry: 'stages/x.py' })).toMatch(
      /^stages\/x\.py:1: .*nested/,
    );
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
      'what a type checker does not see does, and what it alone sees does not',
      'import typing\nif not typing.TYPE_CHECKING:\n  import a\nelse:\n  import b',
      { 'stages/a.py': '', 'stages/b.py': '' },
      ['stages/a.py'],
    ],
    [
      'an import whose failure is suppressed need not be there',
      'import contextlib\nwith contextlib.suppress(ImportError):\n  import a\n  import gone',
      { 'stages/a.py': '' },
      ['stages/a.py'],
    ],
    [
      'a loader that gets its name by a keyword',
      "import importlib\nimportlib.import_module(name='a')",
      { 'stages/a.py': '' },
      ['stages/a.py'],
    ],
    [
      'a star takes every module where __all__ is added to by a call',
      'from p import *',
      { 'p/__init__.py': "__all__ = ['a']\n__all__.extend(globals())", 'p/a.py': '', 'p/c.py': '' },
      ['p/__init__.py', 'p/a.py', 'p/c.py'],
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
