// `flow backend add | list | remove` as a person runs it, against registries on this machine.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Project } from '../rig/project.ts';
import type { Ended, Running } from '../rig/project.ts';
import { Registries } from '../rig/registries.ts';
import { makeTinyBackends, TINY_VERSION } from '../rig/tiny-backends.ts';
import type { TinyBackends } from '../rig/tiny-backends.ts';
import { hasProgram } from '../rig/tools.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const project = new Project(root);

const withoutCompiler = process.platform !== 'linux' || process.arch !== 'x64' || !hasProgram('g++', '--version'); // prettier-ignore
if (withoutCompiler) process.stderr.write('tests of flow backend add are skipped: no g++ on linux-x64\n'); // prettier-ignore
const withoutPip = !hasProgram('python3', '-m', 'pip', '--version');
if (withoutPip) process.stderr.write("tests of pip's configuration are skipped: there is no pip\n");

let made: string;
let tiny: TinyBackends;
let program: string;
beforeAll(async () => {
  made = mkdtempSync(path.join(tmpdir(), 'tiny-backends-'));
  program = path.join(made, 'backend.mjs');
  await build({
    entryPoints: [path.join(root, 'test/rig/backend-program.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
  });
  if (withoutCompiler) return;
  tiny = makeTinyBackends(made);
  writeFileSync(path.join(made, 'pins.json'), JSON.stringify(tiny.pins));
});
afterAll(() => rmSync(made, { recursive: true }));

let home: string;
let registries: Registries;
let running: Running['child'][];
beforeEach(async () => {
  home = mkdtempSync(path.join(tmpdir(), 'backend-home-'));
  registries = await Registries.open();
  if (!withoutCompiler) tiny.serve(registries);
  running = [];
});
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
  registries.close();
  rmSync(home, { recursive: true });
});

const cache = (...names: readonly string[]) => path.join(home, 'cache', 'fastmtl-flow', ...names);
const inCache = (name: string) => (existsSync(cache(name)) ? readdirSync(cache(name)) : []);

/** A home of its own, and nothing of this machine's pip and npm. */
const scrubbed = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  HOME: home,
  XDG_CACHE_HOME: path.join(home, 'cache'),
  FLOW_CACHE: path.join(home, 'results'),
  PIP_CONFIG_FILE: '/dev/null',
  PIP_INDEX_URL: registries.index,
  npm_config_registry: registries.npm,
  npm_config_cache: path.join(home, 'npm'),
  npm_config_userconfig: '/dev/null',
  npm_config_fetch_retries: '0',
});

/** `flow backend …` itself. */
const flow = (words: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  project.flow(words, { ...scrubbed(), ...env });

interface Changes {
  readonly env?: Readonly<Record<string, string>>;
  /** Variables to leave out. */
  readonly without?: readonly string[];
}

function start(words: readonly string[], { env = {}, without = [] }: Changes = {}): Running {
  const all = { ...scrubbed(), TINY_PINS: path.join(made, 'pins.json'), ...env };
  const child = spawn(process.execPath, [program, ...words], {
    cwd: home,
    env: Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name))),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.push(child);
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => (text[name] += chunk));
  }
  const ended = once(child, 'close').then(
    ([code, signal]): Ended => ({ code: code as number | null, signal: signal as NodeJS.Signals | null, ...text }), // prettier-ignore
  );
  return { child, ended };
}

/** The same with the tiny backends. */
const tinily = (words: readonly string[], changes?: Changes) => start(words, changes).ended;

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds(); waited += 10) {
    if (waited > 60_000) throw new Error('it never came to that');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function doctorSays(name: string, env: Readonly<Record<string, string>> = {}) {
  const { stdout } = await flow(['doctor', '--json'], env);
  const { checks } = JSON.parse(stdout) as {
    readonly checks: readonly { readonly name: string; readonly state: string; readonly found: string; readonly hint?: string }[]; // prettier-ignore
  };
  return checks.find((check) => check.name === name);
}

/** Without npm and compiler, where they do not matter. */
const quickly = () => ['add', 'tensorflow', '--addon', tiny.addon];
const indexAsks = () => registries.askedBelow('simple').length;

/** Writes a file into the home. @returns its path */
function write(text: string, ...names: readonly string[]): string {
  const place = path.join(home, ...names);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, text);
  return place;
}

describe.skipIf(withoutCompiler)('a backend that is added', () => {
  test('is fetched, built, tried and listed, found by flow doctor, and removed again', async () => {
    const added = await tinily(['add', 'tensorflow']);
    expect(added.stderr).toMatch(
      /^fetching tensorflow-cpu 0\.0\.1 \(3\.0 MB\)\n( {2}tensorflow-cpu: .* of 3\.0 MB.*\n)+unpacking tensorflow-cpu 0\.0\.1\nbuilding the add-on\n$/,
    );
    expect(added.stderr).toContain('  tensorflow-cpu: 3.0 MB of 3.0 MB\n');
    const place = cache('backends', 'tensorflow');
    expect(added).toMatchObject({ code: 0, stdout: `TensorFlow ${TINY_VERSION} works on Node ${process.versions.node}; 0.0 MB in ${place}\n` }); // prettier-ignore
    // No sources, no wheel and no lock are left.
    expect(readdirSync(place).sort()).toEqual(['backend.json', 'tensorflow', 'tfjs_binding.node']);
    expect(inCache('backends')).toEqual(['tensorflow']);
    expect(inCache('downloads')).toEqual([]);

    const listed = await flow(['backend', 'list']);
    expect(listed).toMatchObject({ code: 0, stdout: `tensorflow  tensorflow-cpu 0.0.1, 0.0 MB  ${place}\n` }); // prettier-ignore
    expect(await doctorSays('tensorflow')).toMatchObject({
      state: 'ok',
      found: expect.stringContaining(`TensorFlow ${TINY_VERSION}`) as string,
    });

    writeFileSync(path.join(place, 'tfjs_binding.node'), 'no add-on');
    expect(await doctorSays('tensorflow')).toMatchObject({
      state: 'note',
      found: expect.stringMatching(
        /^does not load: .*(invalid ELF header|file too short)/,
      ) as string,
      hint: "'flow backend add tensorflow' builds it anew",
    });

    const removed = await flow(['backend', 'remove', 'tensorflow']);
    expect(removed).toMatchObject({ code: 0, stdout: 'tensorflow is removed: 0.0 MB are free again\n' }); // prettier-ignore
    expect(inCache('backends')).toEqual([]);
    expect((await doctorSays('tensorflow'))?.found).not.toContain(TINY_VERSION);
    expect((await flow(['backend', 'list'])).stdout).toBe(`none in ${cache('backends')}\n`);
    const again = await flow(['backend', 'remove', 'tensorflow']);
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: `error: tensorflow is not in ${cache('backends')}\n  hint: there is none at all\n` }); // prettier-ignore
  });

  test("for GPUs is a build and CUDA's libraries; where no GPU is found, it is said why", async () => {
    const no = 'E cuda_driver.cc:152] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)\n'; // prettier-ignore
    const env = { TINY_CUDA: no };
    const added = await tinily(['add', 'tensorflow-gpu'], { env });
    expect(added).toMatchObject({ code: 0 });
    expect(added.stderr).toMatch(/^3\.0 MB of 2 files are to fetch, 0\.0 MB when unpacked\nfetching tensorflow-cpu 0\.0\.1 \(3\.0 MB, 1 of 2\)\n/); // prettier-ignore
    expect(added.stderr).toContain('fetching nvidia-cuda-runtime-cu12 0.0.1 (0.0 MB, 2 of 2)\n');
    const works = `TensorFlow ${TINY_VERSION} works on Node ${process.versions.node} on the CPU`;
    expect(added.stdout).toContain(`${works}, since it finds no NVIDIA driver: there is no libcuda.so.1 (`); // prettier-ignore
    const place = cache('backends', 'tensorflow-gpu');
    const taken = readdirSync(place, { recursive: true }).map(String).sort();
    expect(taken.filter((name) => name.includes('cuda'))).toEqual([
      'nvidia/cuda_runtime',
      'nvidia/cuda_runtime/lib',
      'nvidia/cuda_runtime/lib/libcudart.so.12',
    ]);
    expect(await doctorSays('tensorflow', env)).toMatchObject({
      state: 'ok',
      found: expect.stringMatching(/, from tensorflow-gpu$/) as string,
    });
    expect(await doctorSays('gpu', env)).toMatchObject({
      state: 'note',
      found:
        'tensorflow-gpu finds no NVIDIA driver: there is no libcuda.so.1, and computes on the CPU',
    });
    expect(await tinily(['remove', 'tensorflow-gpu'])).toMatchObject({ code: 0 });
    expect([...inCache('backends'), ...inCache('downloads')]).toEqual([]);
  });

  test('takes the place of an older one, and stays when a newer one cannot be had', async () => {
    expect((await tinily(['add', 'webgpu'], { env: { TINY_GPU: 'Tiny GPU' } })).stdout).toMatch(
      /^webgpu 0\.6\.2 works on Node .* and finds Tiny GPU; /,
    );
    const manifest = cache('backends', 'webgpu', 'backend.json');
    const before = statSync(manifest).ino;
    const second = await tinily(['add', 'webgpu']);
    expect(second.stdout).toContain("but finds no Vulkan driver: install the GPU's");
    const after = statSync(manifest).ino;
    expect(after).not.toBe(before);
    registries.packages.delete('webgpu');
    const third = await tinily(['add', 'webgpu'], { env: { npm_config_cache: path.join(home, 'npm2') } }); // prettier-ignore
    expect(third.code).toBe(1);
    expect(third.stderr).toContain('error: npm cannot fetch webgpu@0.6.2');
    expect(statSync(manifest).ino).toBe(after);
    const missing = await flow(['backend', 'remove', 'tensorflow']);
    expect(missing.stderr).toContain('  hint: what is there: webgpu\n');
    expect((await flow(['backend', 'remove', 'webgpu'])).code).toBe(0);
  });
});

describe.skipIf(withoutCompiler)('killed', () => {
  const [add, gone] = [['add', 'tensorflow'], 'SIGKILL'] as const;

  test('in the middle of a download, it goes on from there', async () => {
    const [file, wheel] = tiny.wheel;
    const part = cache('downloads', `${file}.part`);
    registries.held.set(file, 1_000_000);
    const first = start(add);
    await until(() => existsSync(part) && statSync(part).size === 1_000_000);

    // Meanwhile nobody else gets in.
    const busy = await tinily(add);
    expect(busy).toMatchObject({ code: 1, stderr: expect.stringContaining(`error: process ${first.child.pid} is at it already`) as string }); // prettier-ignore
    expect((await tinily(['remove', 'tensorflow'])).stderr).toContain('is at it already');

    first.child.kill(gone);
    expect((await first.ended).signal).toBe(gone);
    expect((await flow(['backend', 'list'])).stdout).toBe(`none in ${cache('backends')}\n`);
    expect(inCache('backends').length).toBeGreaterThan(0);

    registries.held.clear();
    const second = await tinily([...add, '--addon', tiny.addon]);
    expect(second).toMatchObject({ code: 0 });
    expect(registries.askedBelow('files').map(({ range }) => range)).toEqual([undefined, 'bytes=1000000-']); // prettier-ignore
    expect(inCache('backends')).toEqual(['tensorflow']);
    expect(inCache('downloads')).toEqual([]);
    expect(wheel.length).toBeGreaterThan(2_000_000);
  });

  test('in the middle of unpacking, it fetches nothing twice', async () => {
    const [file] = tiny.wheel;
    registries.held.set('nvidia_cuda_runtime_cu12-0.0.1-py3-none-manylinux2014_x86_64.whl', 10);
    const first = start(['add', 'tensorflow-gpu']);
    await until(() => inCache('downloads').some((name) => name.startsWith('nvidia')));
    first.child.kill(gone);
    await first.ended;
    registries.held.clear();
    const second = await tinily(['add', 'tensorflow-gpu', '--addon', tiny.addon]);
    expect(second).toMatchObject({ code: 0 });
    expect(second.stderr).toMatch(/^0\.0 MB of 2 files are to fetch/);
    expect(registries.askedBelow('files').filter(({ path: asked }) => asked.endsWith(file)).length).toBe(1); // prettier-ignore
  });

  test('while the compiler works, it begins that anew', async () => {
    const compiler = path.join(home, 'slow-g++');
    const begun = path.join(home, 'begun');
    writeFileSync(compiler, `#!/bin/sh\n[ "$1" = --version ] && exit\necho $$ >${begun}.new; mv ${begun}.new ${begun}\nexec sleep 600\n`); // prettier-ignore
    chmodSync(compiler, 0o755);
    const first = start(add, { env: { CXX: compiler } });
    await until(() => existsSync(begun));
    first.child.kill(gone);
    process.kill(Number(readFileSync(begun, 'utf8')), gone);
    await first.ended;
    const files = registries.askedBelow('files').length;
    const second = await tinily(add);
    expect(second).toMatchObject({ code: 0 });
    expect(second.stderr).not.toContain('fetching');
    expect(registries.askedBelow('files').length).toBe(files);
    expect(inCache('backends')).toEqual(['tensorflow']);
  });

  test('what it left can be removed', async () => {
    const [file] = tiny.wheel;
    registries.held.set(file, 500_000);
    const first = start(add);
    const part = cache('downloads', `${file}.part`);
    await until(() => existsSync(part) && statSync(part).size === 500_000);
    first.child.kill(gone);
    await first.ended;
    const removed = await tinily(['remove', 'tensorflow']);
    expect(removed).toMatchObject({ code: 0, stdout: 'tensorflow is removed: 0.5 MB are free again\n' }); // prettier-ignore
    expect([...inCache('backends'), ...inCache('downloads')]).toEqual([]);
  });
});

describe.skipIf(withoutCompiler)('refused, with nothing left behind', () => {
  afterEach(() => {
    expect(inCache('backends')).toEqual([]);
  });

  test('other bytes than those that are known', async () => {
    const [file, wheel] = tiny.wheel;
    const other = Buffer.from(wheel);
    other[1_000_000] = (other[1_000_000] as number) ^ 1;
    registries.wheels.set('tensorflow-cpu', new Map([[file, other]]));
    registries.claimed.set(file, tiny.pins.tensorflowCpu.sha256);
    const { code, stderr } = await tinily(['add', 'tensorflow']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: tensorflow_cpu-.* has sha256 [0-9a-f]{64}, not [0-9a-f]{64}: it was thrown away\n/); // prettier-ignore
    expect(inCache('downloads')).toEqual([]);
  });

  test('an index that offers another file of the same name, before anything is fetched', async () => {
    registries.json = true;
    registries.claimed.set(tiny.wheel[0], '0'.repeat(64));
    const { code, stderr } = await tinily(['add', 'tensorflow']);
    expect(code).toBe(1);
    expect(stderr).toContain('offers another tensorflow_cpu-');
    expect(registries.askedBelow('files')).toEqual([]);
  });

  test("a package of npm that is another than the real one, by flow's own pins", async () => {
    const { code, stderr } = await flow(['backend', 'add', 'webgpu']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: npm brings another webgpu@0\.6\.2 than the one that is known: sha512-\S+, not sha512-\S+\n$/); // prettier-ignore
  });

  test('a machine without a compiler, before anything is fetched', async () => {
    const { code, stderr } = await tinily(['add', 'tensorflow'], { env: { PATH: made } });
    expect(code).toBe(1);
    expect(stderr).toBe(
      "error: there is no g++ in PATH, which the add-on is built with\n  hint: install a C++ compiler (Debian: apt-get install g++), or give an add-on built elsewhere with '--addon FILE'\n",
    );
    expect(registries.asked).toEqual([]);
  });

  test('a disk without room for all of it, before anything is fetched', async () => {
    const huge = { ...tiny.pins, tensorflowCpu: { ...tiny.pins.tensorflowCpu, unpacked: 4e18 } };
    const pins = write(JSON.stringify(huge), 'pins.json');
    const { code, stderr } = await tinily(['add', 'tensorflow'], { env: { TINY_PINS: pins } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: \S+\/backends has room for \d+ MB: \d+ MB are needed\n {2}hint: XDG_CACHE_HOME names another folder\n$/); // prettier-ignore
    expect(registries.asked).toEqual([]);
  });

  test('a folder that cannot be made', async () => {
    const file = write('', 'file');
    const { code, stderr } = await tinily(['add', 'tensorflow'], { env: { XDG_CACHE_HOME: file } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: ENOTDIR: .*\n {2}hint: XDG_CACHE_HOME names another folder\n$/); // prettier-ignore
  });

  test('an add-on that does not compile, with what the compiler says', async () => {
    const broken = path.join(home, 'broken-g++');
    writeFileSync(broken, '#!/bin/sh\n[ "$1" = --version ] || { echo "no such thing" >&2; exit 1; }\n'); // prettier-ignore
    chmodSync(broken, 0o755);
    const { code, stderr } = await tinily(['add', 'tensorflow'], { env: { CXX: broken } });
    expect(code).toBe(1);
    expect(stderr).toContain(`${broken} cannot build the add-on:\nno such thing\n`);
  });

  test('an add-on that is none', async () => {
    const file = path.join(home, 'none.node');
    writeFileSync(file, 'none');
    const { code, stderr } = await tinily(['add', 'tensorflow', '--addon', file]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/error: the add-on does not load: .*invalid ELF header|file too short/);
  });

  test('an index that does not answer, or answers nonsense', async () => {
    const nowhere = await tinily(['add', 'tensorflow'], { env: { PIP_INDEX_URL: 'http://127.0.0.1:1/simple' } }); // prettier-ignore
    expect(nowhere.code).toBe(1);
    expect(nowhere.stderr).toMatch(/^error: http:\/\/127\.0\.0\.1:1\/simple\/tensorflow-cpu\/ cannot be read: .*ECONNREFUSED.*\n.*no package index of pip's configuration has tensorflow_cpu-.*\n {2}hint: fetch it by hand: pip download /); // prettier-ignore
    const nonsense = await tinily(['add', 'tensorflow'], { env: { PIP_INDEX_URL: 'packages' } });
    expect(nonsense.stderr).toContain("error: 'packages' is no address of a package index\n");
    const other = await tinily(['add', 'tensorflow'], { env: { PIP_INDEX_URL: registries.origin } }); // prettier-ignore
    expect(other.stderr).toMatch(/^error: no package index of pip's configuration has /);
  });
});

describe.skipIf(withoutCompiler)('a disk that runs full', () => {
  let disk: string | undefined;
  afterEach(() => {
    if (disk === undefined) return;
    execFileSync('umount', [disk]);
    disk = undefined;
  });

  // What others write meanwhile cannot be foreseen: these pins claim to need nothing.
  test.each([
    ['while it is fetched', () => 2_000_000],
    ['while it is unpacked', () => tiny.wheel[1].length + 24_000],
  ])('%s is said, and what was fetched is kept', async (_, size) => {
    const place = path.join(home, 'cache');
    mkdirSync(place);
    const options = ['-t', 'tmpfs', '-o', `size=${size()}`, 'none', place];
    if (!hasProgram('mount', ...options)) {
      process.stderr.write('a test with a full disk is skipped: this user cannot mount\n');
      return;
    }
    disk = place;
    const modest = { ...tiny.pins, tensorflowCpu: { ...tiny.pins.tensorflowCpu, unpacked: -1e9 } };
    const env = { TINY_PINS: write(JSON.stringify(modest), 'pins.json') };
    const { code, stderr } = await tinily(quickly(), { env });
    expect(stderr.split('\nerror: ')[1]).toBe(
      'there is no room left on the disk\n  hint: what was fetched is kept: the same command goes on from there; XDG_CACHE_HOME names another folder\n',
    );
    expect(code).toBe(1);
    expect(inCache('backends')).toEqual([]);
    expect(inCache('downloads')).toHaveLength(1);
    execFileSync('mount', ['-o', 'remount,size=64m', place]);
    expect(await tinily(quickly(), { env })).toMatchObject({ code: 0 });
    expect(registries.askedBelow('files').map(({ range }) => range === undefined)).toEqual(
      size() > 2_000_000 ? [true] : [true, false],
    );
  });
});

describe.skipIf(withoutCompiler || withoutPip)("pip's configuration", () => {
  test("of the user's home names the index, and others beside it", async () => {
    write(`[global]\nindex-url = ${registries.origin}/empty\nextra-index-url = ${registries.index}\n`, '.config', 'pip', 'pip.conf'); // prettier-ignore
    const without = ['PIP_INDEX_URL', 'PIP_CONFIG_FILE'];
    expect(await tinily(quickly(), { without })).toMatchObject({ code: 0 });
    expect(registries.asked[0]?.path).toBe('/empty/tensorflow-cpu/');
    expect(indexAsks()).toBe(1);
  });

  test('of PIP_CONFIG_FILE holds, and PIP_INDEX_URL wins over it', async () => {
    const good = write(`[global]\nindex-url = ${registries.index}\n`, 'good.conf');
    const bad = write(`[global]\nindex-url = http://127.0.0.1:1/simple\n`, 'bad.conf');
    const byFile = { env: { PIP_CONFIG_FILE: good }, without: ['PIP_INDEX_URL'] };
    expect(await tinily(quickly(), byFile)).toMatchObject({ code: 0 });
    expect(indexAsks()).toBe(1);
    expect(await tinily(quickly(), { env: { PIP_CONFIG_FILE: bad } })).toMatchObject({ code: 0 });
    expect(indexAsks()).toBe(2);
  });

  test('names folders with wheels, and may forbid all indexes', async () => {
    const [name, wheel] = tiny.wheel;
    mkdirSync(path.join(home, 'wheels'));
    const conf = write(`[global]\nno-index = true\nfind-links = ${path.join(home, 'wheels')}\n`, 'pip.conf'); // prettier-ignore
    const offline = { env: { PIP_CONFIG_FILE: conf }, without: ['PIP_INDEX_URL'] };
    const refused = await tinily(quickly(), offline);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      "is not here, and pip's configuration forbids to ask an index",
    );
    writeFileSync(path.join(home, 'wheels', name), wheel);
    expect(await tinily(quickly(), offline)).toMatchObject({ code: 0 });
    expect(registries.asked).toEqual([]);
  });

  test('may hold a password, which nobody is told', async () => {
    const secret = registries.index.replace('//', '//me:secret@');
    registries.claimed.set(tiny.wheel[0], '0'.repeat(64));
    const { code, stderr } = await tinily(quickly(), { env: { PIP_INDEX_URL: secret } });
    expect(code).toBe(1);
    expect(stderr).toContain('offers another tensorflow_cpu-');
    expect(stderr).not.toContain('secret');
    const sent = Buffer.from('me:secret').toString('base64');
    expect(registries.askedBelow('simple')[0]?.authorization).toBe(`Basic ${sent}`);
  });

  test('may name a proxy, which pip goes through', async () => {
    const env = {
      PIP_INDEX_URL: 'http://index.invalid/simple',
      PIP_TRUSTED_HOST: 'index.invalid',
      PIP_PROXY: registries.origin,
    };
    const { code, stderr } = await tinily(quickly(), { env });
    expect(stderr).toContain('with pip, since a proxy is set');
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    expect(registries.askedBelow('files').length).toBeGreaterThan(0);
  });

  test('that pip cannot read is told', async () => {
    const conf = write('index-url = x\n', 'pip.conf');
    const { code, stderr } = await tinily(quickly(), { env: { PIP_CONFIG_FILE: conf } });
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: pip cannot read its configuration: /);
  });
});

test('a wheel that was fetched by hand is taken from its folder', async ({ skip }) => {
  skip(withoutCompiler);
  const [name, wheel] = tiny.wheel;
  writeFileSync(path.join(home, name), wheel);
  const words = ['add', 'tensorflow', '--wheels', home, '--addon', tiny.addon];
  expect(await tinily(words)).toMatchObject({ code: 0, stderr: 'unpacking tensorflow-cpu 0.0.1\n' }); // prettier-ignore
  expect(registries.asked).toEqual([]);
  expect(existsSync(path.join(home, name))).toBe(true);
  writeFileSync(path.join(home, name), 'other');
  const other = await tinily(words);
  expect(other.code).toBe(1);
  expect(other.stderr).toContain('is not the file that is known: its sha256 is another');
});

test.each([
  [['add', 'tensorflo'], "'tensorflo' is no backend to add\n  hint: did you mean 'tensorflow'?"],
  [['remove', 'webgpuu'], "'webgpuu' is no backend to remove\n  hint: did you mean 'webgpu'?"],
  [['add', 'cuda'], "'cuda' is no backend to add\n  hint: did you mean 'tensorflow-gpu'?"],
  [['add', 'wasm'], "'wasm' is no backend to add\n  hint: 'wasm' is always here: there is nothing to add or remove"], // prettier-ignore
  [['add', 'pytorch'], "'pytorch' is no backend to add\n  hint: there are tensorflow-gpu, tensorflow, webgpu"], // prettier-ignore
  [['add'], 'add what? tensorflow-gpu, tensorflow, webgpu'],
  [['add', 'webgpu', 'tensorflow'], "add takes one name, not also 'tensorflow'"],
  [['drop', 'webgpu'], "add, list or remove, not 'drop'"],
  [['add', 'tensorflow', '--addon', 'none.node'], "--addon: there is no file 'none.node'"],
  [['add', 'tensorflow', '--wheels', 'none'], "--wheels: there is no folder 'none'"],
  [['remove', 'tensorflow', '--wheels', '.'], '--wheels and --addon belong to add'],
])('flow backend %j is refused with what could be meant', async (words, said) => {
  const { code, stdout, stderr } = await flow(['backend', ...words]);
  expect(stderr.split('\nusage: ')[0]).toBe(`error: ${said}`);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(registries.asked).toEqual([]);
});
