import { describe, expect, test, vi } from 'vitest';
import { noPython, py } from '../python.ts';
import { TempProject } from '../temp-project.ts';

// Each test starts a Python, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000 });

describe.skipIf(noPython)('what cannot be seen', () => {
  test.each([
    [
      'import importlib\nimportlib.import_module(input())',
      'stages/x.py:2:1: flow cannot tell what importlib.import_module loads',
    ],
    [
      'from importlib import import_module as f\ng = f',
      'stages/x.py:2:5: flow cannot tell what importlib.import_module',
    ],
    [
      'from importlib import *\nimport_module(input())',
      'stages/x.py:2:1: flow cannot tell what importlib.import_module',
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
      'after a change of sys.path, flow cannot tell which modules are imported',
    ],
    ['from sys import path\npath += ["lib"]', 'a change of sys.path'],
    ['import sys\nsys.path[0] = "lib"', 'a change of sys.path'],
    ['import sys\nsys.meta_path.append(None)', 'a change of sys.meta_path'],
    ['import p', 'p/__init__.py:1:1: after a change of __path__'],
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

  test('a compiled module is told, and counts by its bytes where code: answers for it', async () => {
    const project = new TempProject({
      'stages/x.py': 'import fast\n',
      'stages/fast.abi3.so': 'one',
      'a.txt': '',
    });
    expect(await project.complaint(py)).toContain(
      'flow cannot read the imports of a compiled module',
    );
    const counted = async () => (await project.code(py, { code: ['a.txt'] })).python;
    const before = await counted();
    expect(before?.modules.map(({ path }) => path)).toEqual(['stages/fast.abi3.so', 'stages/x.py']);
    project.write('stages/fast.abi3.so', 'two');
    expect((await counted())?.digest).not.toBe(before?.digest);
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
    ['from . import a', 'stages/x.py:1: a relative import leads out of its package'],
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
    expect(await project.complaint(py, { env })).toContain('env: cannot declare PYTHONPATH');
  });

  test('no Python at all is said, with what to do', async () => {
    const project = new TempProject({ 'stages/x.py': '' });
    project.env = { PATH: project.root };
    expect(await project.complaint(py)).toContain('stages/x.py needs Python, but flow found none');
  });
});
