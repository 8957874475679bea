// `flow backend add | list | remove` as a person runs it, against registries on this machine.
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { ownBackends, withoutCompiler } from '../../rig/backend-home.ts';
import { TINY_VERSION } from '../../rig/tiny-backends.ts';

const own = ownBackends();

describe.skipIf(withoutCompiler)('a backend that is added', () => {
  test('is fetched, built, tried and listed, found by flow doctor, and removed again', async () => {
    const added = await own.home.tinily(['add', 'tensorflow']);
    expect(added.stderr).toMatch(
      /^fetching tensorflow-cpu 0\.0\.1 \(3\.0 MB\)\n( {2}tensorflow-cpu: .* of 3\.0 MB.*\n)+unpacking tensorflow-cpu 0\.0\.1\nbuilding the add-on\n$/,
    );
    expect(added.stderr).toContain('  tensorflow-cpu: 3.0 MB of 3.0 MB\n');
    const place = own.home.cache('backends', 'tensorflow');
    expect(added).toMatchObject({ code: 0, stdout: `TensorFlow ${TINY_VERSION} works on Node ${process.versions.node}; 0.0 MB in ${place}\n` }); // prettier-ignore
    // No sources, no wheel and no lock are left.
    expect(readdirSync(place).sort()).toEqual(['backend.json', 'tensorflow', 'tfjs_binding.node']);
    expect(own.home.inCache('backends')).toEqual(['tensorflow']);
    expect(own.home.inCache('downloads')).toEqual([]);

    const listed = await own.home.flow(['backend', 'list']);
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
      hint: "'flow backend add tensorflow' builds it again",
    });

    const removed = await own.home.flow(['backend', 'remove', 'tensorflow']);
    expect(removed).toMatchObject({ code: 0, stdout: 'removed tensorflow: 0.0 MB are free again\n' }); // prettier-ignore
    expect(own.home.inCache('backends')).toEqual([]);
    expect((await doctorSays('tensorflow'))?.found).not.toContain(TINY_VERSION);
    expect((await own.home.flow(['backend', 'list'])).stdout).toBe(
      `there are no backends in ${own.home.cache('backends')}\n`,
    );
    const again = await own.home.flow(['backend', 'remove', 'tensorflow']);
    expect(again).toMatchObject({ code: 1, stdout: '', stderr: `error: tensorflow is not in ${own.home.cache('backends')}\n  hint: no backend is installed\n` }); // prettier-ignore
  });

  test("for GPUs is a build and CUDA's libraries; where no GPU is found, it is said why", async () => {
    const no = 'E cuda_driver.cc:152] failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: UNKNOWN ERROR (303)\n'; // prettier-ignore
    const env = { TINY_CUDA: no };
    const added = await own.home.tinily(['add', 'tensorflow-gpu'], { env });
    expect(added).toMatchObject({ code: 0 });
    expect(added.stderr).toMatch(/^2 files, 3\.0 MB to download, 0\.0 MB unpacked\nfetching tensorflow-cpu 0\.0\.1 \(3\.0 MB, 1 of 2\)\n/); // prettier-ignore
    expect(added.stderr).toContain('fetching nvidia-cuda-runtime-cu12 0.0.1 (0.0 MB, 2 of 2)\n');
    const works = `TensorFlow ${TINY_VERSION} works on Node ${process.versions.node} on the CPU`;
    expect(added.stdout).toContain(`${works}, because it finds no NVIDIA driver: there is no libcuda.so.1 (`); // prettier-ignore
    const place = own.home.cache('backends', 'tensorflow-gpu');
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
    expect(await own.home.tinily(['remove', 'tensorflow-gpu'])).toMatchObject({ code: 0 });
    expect([...own.home.inCache('backends'), ...own.home.inCache('downloads')]).toEqual([]);
  });

  test('takes the place of an older one, and stays when a newer one cannot be had', async () => {
    expect(
      (await own.home.tinily(['add', 'webgpu'], { env: { TINY_GPU: 'Tiny GPU' } })).stdout,
    ).toMatch(/^webgpu 0\.6\.2 works on Node .* and finds Tiny GPU; /);
    const manifest = own.home.cache('backends', 'webgpu', 'backend.json');
    const before = statSync(manifest).ino;
    const second = await own.home.tinily(['add', 'webgpu']);
    expect(second.stdout).toContain('but finds no Vulkan driver: install the driver of the GPU');
    const after = statSync(manifest).ino;
    expect(after).not.toBe(before);
    own.home.registries.packages.delete('webgpu');
    const third = await own.home.tinily(['add', 'webgpu'], { env: { npm_config_cache: own.home.at('npm2') } }); // prettier-ignore
    expect(third.code).toBe(1);
    expect(third.stderr).toContain('error: npm cannot fetch webgpu@0.6.2');
    expect(statSync(manifest).ino).toBe(after);
    const missing = await own.home.flow(['backend', 'remove', 'tensorflow']);
    expect(missing.stderr).toContain('  hint: installed: webgpu\n');
    expect((await own.home.flow(['backend', 'remove', 'webgpu'])).code).toBe(0);
  });
});

test('a wheel that was fetched by hand is taken from its folder', async ({ skip }) => {
  skip(withoutCompiler);
  const [name, wheel] = own.backends.tiny.wheel;
  writeFileSync(own.home.at(name), wheel);
  const words = [
    'add',
    'tensorflow',
    '--wheels',
    own.home.at(),
    '--addon',
    own.backends.tiny.addon,
  ];
  expect(await own.home.tinily(words)).toMatchObject({ code: 0, stderr: 'unpacking tensorflow-cpu 0.0.1\n' }); // prettier-ignore
  expect(own.home.registries.asked).toEqual([]);
  expect(existsSync(own.home.at(name))).toBe(true);
  writeFileSync(own.home.at(name), 'other');
  const other = await own.home.tinily(words);
  expect(other.code).toBe(1);
  expect(other.stderr).toContain('is not the expected file: its sha256 differs');
});

async function doctorSays(name: string, env: Readonly<Record<string, string>> = {}) {
  const { stdout } = await own.home.flow(['doctor', '--json'], env);
  const { checks } = JSON.parse(stdout) as {
    readonly checks: readonly { readonly name: string; readonly state: string; readonly found: string; readonly hint?: string }[]; // prettier-ignore
  };
  return checks.find((check) => check.name === name);
}
