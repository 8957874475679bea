import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { surveyBackends, tryBackend } from '../../../src/provision/machine/survey.ts';
import type { Seen } from '../../../src/provision/machine/survey.ts';
import { whyNoGpu } from '../../../src/provision/machine/lacks.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'survey-'));
  vi.stubEnv('XDG_CACHE_HOME', folder);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
});

function install(name: string): void {
  const own = path.join(folder, 'fastmtl-flow', 'backends', name);
  mkdirSync(own, { recursive: true });
  writeFileSync(path.join(own, 'backend.json'), JSON.stringify({ format: 1, name, versions: {}, entry: 'x' })); // prettier-ignore
}

const facts = (backend: string, library: string, simd: string, kernels: string | null = null) => ({
  facts: { backend, library, simd, kernels, threads: 1, precision: 'fp32' as const },
  said: '',
});
const HERE: Readonly<Record<string, Seen>> = {
  tensorflow: facts('tensorflow', 'TensorFlow 2.18.1', 'x64-avx2', 'c0ffee'),
  webgpu: facts('webgpu', 'tfjs-webgpu 4.22.0', 'Some GPU'),
  wasm: facts('wasm', 'fastmtl-flow', 'wasm-simd128', '0123456789'),
  cpu: facts('cpu', 'tfjs-core 4.22.0', 'none'),
};
const NONE: Seen = { error: 'not on this machine', said: '' };
const ABSENT = { error: "backend 'tensorflow' is not here: …\n  @tensorflow/tfjs-node-gpu: not installed\n  @tensorflow/tfjs-node: not installed", said: '' }; // prettier-ignore

async function survey(
  changes: Readonly<Record<string, Seen>>,
  env: NodeJS.ProcessEnv = process.env,
) {
  const seen: Readonly<Record<string, Seen>> = { auto: HERE['wasm'] as Seen, ...HERE, ...changes };
  const checks = await surveyBackends(
    async (name, precision) => seen[precision === 'fp32' ? name : precision] ?? NONE,
    env,
  );
  return Object.fromEntries(checks.map(({ name, ...check }) => [name, check]));
}

test('what is here is said with what its bytes depend on', async () => {
  expect(await survey({ auto: HERE['tensorflow'] as Seen })).toMatchObject({
    backend: { state: 'ok', found: 'auto chooses tensorflow: the first of tensorflow, webgpu, wasm, cpu that works on this machine' }, // prettier-ignore
    tensorflow: { state: 'ok', found: 'TensorFlow 2.18.1, x64-avx2, 1 thread' },
    webgpu: { state: 'ok', found: 'tfjs-webgpu 4.22.0, Some GPU, 1 thread' },
    wasm: { state: 'ok', found: 'own kernels, wasm-simd128, 01234567, 1 thread' },
    cpu: {
      state: 'ok',
      found: 'tfjs-core 4.22.0, plain JavaScript, 1 thread: slow, for comparisons only',
    },
  });
});

test.skipIf(process.platform !== 'linux' || process.arch !== 'x64')(
  'what is not here is said with how to get it, and what that needs',
  async () => {
    const missing = { tensorflow: ABSENT, webgpu: { error: 'x', said: '' } };
    const found = await survey(missing, { ...process.env, PATH: folder, CXX: '' });
    expect(found['tensorflow']).toMatchObject({ state: 'note', found: 'not installed' });
    expect(found['tensorflow']?.hint).toMatch(/^'flow backend add tensorflow' builds it \(230 MB download, .*\); there is no g\+\+ in PATH.*: install a C\+\+ compiler/); // prettier-ignore
    expect(found['webgpu']).toMatchObject({ state: 'note', found: 'not installed', hint: expect.stringContaining("'flow backend add webgpu' downloads it") as string }); // prettier-ignore
  },
);

test('a package that is there and does not load is named with its reason', async () => {
  const error = `${ABSENT.error.replace('node-gpu: not installed', 'node-gpu: libcudart.so.11.0: no such file')}`; // prettier-ignore
  const found = await survey({ tensorflow: { error, said: '' } });
  expect(found['tensorflow']?.found).toBe('not installed; @tensorflow/tfjs-node-gpu: libcudart.so.11.0: no such file'); // prettier-ignore
});

test('what was added and does not open is said so, and a crash too', async () => {
  install('tensorflow');
  install('webgpu');
  const found = await survey({
    tensorflow: { error: "backend 'tensorflow' is not here: …\n  /a/tensorflow: invalid ELF header\n  @tensorflow/tfjs-node: not installed", said: '' }, // prettier-ignore
    webgpu: { error: 'crashes with SIGSEGV when it is opened', said: '' },
  });
  expect(found['tensorflow']).toEqual({ state: 'note', found: 'does not load: /a/tensorflow: invalid ELF header', hint: "'flow backend add tensorflow' builds it again" }); // prettier-ignore
  expect(found['webgpu']).toMatchObject({ state: 'note', found: 'crashes with SIGSEGV when it is opened' }); // prettier-ignore
});

test('what TensorFlow is from is said, and what was passed over', async () => {
  const seen = { ...(HERE['tensorflow'] as Seen), from: '@tensorflow/tfjs-node' };
  const found = await survey({ tensorflow: seen });
  expect(found['tensorflow']).toEqual({ state: 'ok', found: 'TensorFlow 2.18.1, x64-avx2, 1 thread, from @tensorflow/tfjs-node' }); // prettier-ignore
  const passed = await survey({ tensorflow: { ...seen, passedOver: ['/a/tensorflow: invalid ELF header'] } }); // prettier-ignore
  expect(passed['tensorflow']).toEqual({
    state: 'note',
    found: 'TensorFlow 2.18.1, x64-avx2, 1 thread, from @tensorflow/tfjs-node',
    hint: 'these do not load and are not used: /a/tensorflow: invalid ELF header',
  });
});

test.skipIf(existsSync('/dev/nvidiactl'))(
  'a build for GPUs where there is none is said, and what is used instead',
  async () => {
    const cpu = HERE['tensorflow'] as Seen;
    expect(Object.keys(await survey({}))).not.toContain('gpu');
    install('tensorflow-gpu');
    const onCpu = { ...cpu, from: 'tensorflow-gpu', said: 'failed call to cuInit: UNKNOWN ERROR (303)' }; // prettier-ignore
    expect((await survey({ tensorflow: onCpu }))['gpu']).toMatchObject({
      state: 'note',
      found:
        'tensorflow-gpu finds no NVIDIA driver: there is no libcuda.so.1, and computes on the CPU',
    });
    const other = { ...cpu, from: 'tensorflow' };
    expect((await survey({ tensorflow: other }))['gpu']).toEqual({
      state: 'note',
      found:
        'tensorflow-gpu is installed, but this machine has no NVIDIA GPU: flow uses tensorflow',
      hint: "'flow backend remove tensorflow-gpu' frees 4.1 GB",
    });
    const onGpu = facts('tensorflow', 'TensorFlow 2.18.1', 'gpu NVIDIA H100', 'c0ffee');
    const used = await survey({ tensorflow: { ...onGpu, from: 'tensorflow-gpu' } });
    expect(Object.keys(used)).not.toContain('gpu');
  },
);

test('what is never taken unasked is said where it is here', async () => {
  expect(Object.keys(await survey({}))).not.toContain('wasm-relaxed');
  const found = await survey({
    'wasm-relaxed': facts('wasm-relaxed', 'fastmtl-flow', 'wasm-relaxed-simd, fused', '76543210'),
    bf16: HERE['tensorflow'] as Seen,
  });
  expect(found).toMatchObject({
    'wasm-relaxed': { state: 'ok', found: 'own kernels, wasm-relaxed-simd, fused, 76543210, 1 thread' }, // prettier-ignore
    precision: { state: 'ok', found: expect.stringContaining('-p precision=bf16') as string },
  });
});

test('a program that plays a GPU is told from a GPU', async () => {
  const found = await survey({ webgpu: facts('webgpu', 'tfjs-webgpu', 'SwiftShader driver 5.0.0') }); // prettier-ignore
  expect(found['webgpu']?.state).toBe('note');
  expect(found['webgpu']?.found).toContain(
    'a program that simulates a GPU; auto does not choose it',
  );
});

test.each([
  [
    "Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open\n    at x",
    'finds no Vulkan: there is no libvulkan.so.1',
    'apt-get install libvulkan1',
  ],
  [
    'Warning: vkCreateInstance: Found no drivers!\nWarning: vkCreateInstance failed with VK_ERROR_INCOMPATIBLE_DRIVER\n',
    'finds no Vulkan driver',
    'install the driver of the GPU',
  ],
  [
    'error: XDG_RUNTIME_DIR is invalid\nWarning: Vulkan shaderX required.\n - While initializing\n',
    'finds no sufficient Vulkan driver: Vulkan shaderX required',
    "install the manufacturer's driver",
  ],
  ['', 'finds no Vulkan driver', 'VK_ICD_FILENAMES'],
])('without a GPU, %j is said in words', async (said, found, hint) => {
  // prettier-ignore
  expect(whyNoGpu(said).found).toBe(found);
  expect(whyNoGpu(said).hint).toContain(hint);
  install('webgpu');
  const checks = await survey({
    webgpu: { error: "backend 'webgpu' finds no Vulkan driver", said },
  });
  expect(checks['webgpu']).toMatchObject({ state: 'note', ...whyNoGpu(said) });
});

test('a backend is opened for its facts, and what is not here for its message', async () => {
  expect(await tryBackend('wasm', 'fp32')).toMatchObject({ facts: { backend: 'wasm' } });
  const webgpu = await tryBackend('webgpu', 'fp32');
  expect(webgpu).toMatchObject({
    error: expect.stringContaining("'webgpu' is not here") as string,
  });
});
