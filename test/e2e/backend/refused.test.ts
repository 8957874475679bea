// What `flow backend` refuses: with what could be meant, and nothing left behind.
import { chmodSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { ownBackends, withoutCompiler } from '../../rig/backend-home.ts';

const own = ownBackends();

describe.skipIf(withoutCompiler)('refused, with nothing left behind', () => {
  afterEach(() => {
    expect(own.home.inCache('backends')).toEqual([]);
  });

  test('other bytes than those that are known', async () => {
    const [file, wheel] = own.backends.tiny.wheel;
    const other = Buffer.from(wheel);
    other[1_000_000] = (other[1_000_000] as number) ^ 1;
    own.home.registries.wheels.set('tensorflow-cpu', new Map([[file, other]]));
    own.home.registries.claimed.set(file, own.backends.tiny.pins.tensorflowCpu.sha256);
    const { code, stderr } = await own.home.tinily(['add', 'tensorflow']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: tensorflow_cpu-.* has sha256 [0-9a-f]{64}, not [0-9a-f]{64}: flow deleted it\n/); // prettier-ignore
    expect(own.home.inCache('downloads')).toEqual([]);
  });

  test('an index that offers another file of the same name, before anything is fetched', async () => {
    own.home.registries.json = true;
    own.home.registries.claimed.set(own.backends.tiny.wheel[0], '0'.repeat(64));
    const { code, stderr } = await own.home.tinily(['add', 'tensorflow']);
    expect(code).toBe(1);
    expect(stderr).toContain('offers a different tensorflow_cpu-');
    expect(own.home.registries.askedBelow('files')).toEqual([]);
  });

  test("a package of npm that is another than the real one, by flow's own pins", async () => {
    const { code, stderr } = await own.home.flow(['backend', 'add', 'webgpu']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: npm delivers a different webgpu@0\.6\.2: sha512-\S+ instead of sha512-\S+\n$/); // prettier-ignore
  });

  test('a machine without a compiler, before anything is fetched', async () => {
    const { code, stderr } = await own.home.tinily(['add', 'tensorflow'], {
      env: { PATH: own.backends.folder },
    });
    expect(code).toBe(1);
    expect(stderr).toBe(
      "error: there is no g++ in PATH, which the add-on is built with\n  hint: install a C++ compiler (Debian: apt-get install g++), or give an add-on built elsewhere with '--addon FILE'\n",
    );
    expect(own.home.registries.asked).toEqual([]);
  });

  test('a disk without room for all of it, before anything is fetched', async () => {
    const huge = {
      ...own.backends.tiny.pins,
      tensorflowCpu: { ...own.backends.tiny.pins.tensorflowCpu, unpacked: 4e18 },
    };
    const pins = own.home.write(JSON.stringify(huge), 'pins.json');
    const { code, stderr } = await own.home.tinily(['add', 'tensorflow'], {
      env: { TINY_PINS: pins },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: \S+\/backends has \d+ MB free, but \d+ MB are needed\n {2}hint: set XDG_CACHE_HOME to another folder\n$/); // prettier-ignore
    expect(own.home.registries.asked).toEqual([]);
  });

  test('a folder that cannot be made', async () => {
    const file = own.home.write('', 'file');
    const { code, stderr } = await own.home.tinily(['add', 'tensorflow'], {
      env: { XDG_CACHE_HOME: file },
    });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: ENOTDIR: .*\n {2}hint: set XDG_CACHE_HOME to another folder\n$/); // prettier-ignore
  });

  test('an add-on that does not compile, with what the compiler says', async () => {
    const broken = own.home.at('broken-g++');
    writeFileSync(broken, '#!/bin/sh\n[ "$1" = --version ] || { echo "no such thing" >&2; exit 1; }\n'); // prettier-ignore
    chmodSync(broken, 0o755);
    const { code, stderr } = await own.home.tinily(['add', 'tensorflow'], { env: { CXX: broken } });
    expect(code).toBe(1);
    expect(stderr).toContain(`${broken} cannot build the add-on:\nno such thing\n`);
  });

  test('an add-on that is none', async () => {
    const file = own.home.at('none.node');
    writeFileSync(file, 'none');
    const { code, stderr } = await own.home.tinily(['add', 'tensorflow', '--addon', file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: the add-on does not load: .*invalid ELF header|file too short/);
  });

  test('an index that does not answer, or answers nonsense', async () => {
    const nowhere = await own.home.tinily(['add', 'tensorflow'], { env: { PIP_INDEX_URL: 'http://127.0.0.1:1/simple' } }); // prettier-ignore
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toMatch(/^error: http:\/\/127\.0\.0\.1:1\/simple\/tensorflow-cpu\/ cannot be read: .*ECONNREFUSED.*\n.*no package index of pip's configuration has tensorflow_cpu-.*\n {2}hint: download it yourself: pip download /); // prettier-ignore
    const nonsense = await own.home.tinily(['add', 'tensorflow'], {
      env: { PIP_INDEX_URL: 'packages' },
    });
    expect(nonsense.stderr).toContain("error: 'packages' is no address of a package index\n");
    const other = await own.home.tinily(['add', 'tensorflow'], { env: { PIP_INDEX_URL: own.home.registries.origin } }); // prettier-ignore
    expect(other.stderr).toMatch(/^error: no package index of pip's configuration has /);
  });
});

test.each([
  [['add', 'tensorflo'], "you cannot add 'tensorflo'\n  hint: did you mean 'tensorflow'?"],
  [['remove', 'webgpuu'], "you cannot remove 'webgpuu'\n  hint: did you mean 'webgpu'?"],
  [['add', 'cuda'], "you cannot add 'cuda'\n  hint: did you mean 'tensorflow-gpu'?"],
  [['add', 'wasm'], "you cannot add 'wasm'\n  hint: 'wasm' is always installed: you cannot add or remove it"], // prettier-ignore
  [['add', 'pytorch'], "you cannot add 'pytorch'\n  hint: the names are tensorflow-gpu, tensorflow, webgpu"], // prettier-ignore
  [['add'], 'add needs a name: tensorflow-gpu, tensorflow, webgpu'],
  [['add', 'webgpu', 'tensorflow'], "add takes one name, not also 'tensorflow'"],
  [['drop', 'webgpu'], "'drop' is not add, list or remove"],
  [['add', 'tensorflow', '--addon', 'none.node'], "--addon: there is no file 'none.node'"],
  [['add', 'tensorflow', '--wheels', 'none'], "--wheels: there is no folder 'none'"],
  [['remove', 'tensorflow', '--wheels', '.'], 'only add takes --wheels and --addon'],
])('flow backend %j is refused with what could be meant', async (words, said) => {
  const { code, stdout, stderr } = await own.home.flow(['backend', ...words]);
  expect(stderr.split('\nusage: ')[0]).toBe(`error: ${said}`);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(own.home.registries.asked).toEqual([]);
});
