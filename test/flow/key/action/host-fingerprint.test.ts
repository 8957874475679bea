import { expect, test } from 'vitest';
import type { HostFiles } from '../../../../src/flow/key/action/host-fingerprint.ts';
import { hostFingerprint } from '../../../../src/flow/key/action/host-fingerprint.ts';
import { platform } from '../../../../src/flow/key/platform.ts';
import { makeInstance, TempProject } from '../temp-project.ts';

const PROBE = makeInstance({ probe: true, command: { kind: 'ts', entry: 'stages/a.ts' } });

test('the platform names the C library of this Node', () => {
  const found = platform();
  expect(found).toMatchObject({ os: process.platform, arch: process.arch });
  expect(found.node).toBe(Number(process.versions.node.split('.')[0]));
  const report = process.report.getReport() as unknown as { header: Record<string, unknown> };
  const glibc = report.header['glibcVersionRuntime'] !== undefined;
  if (process.platform === 'linux') expect(found.libc).toBe(glibc ? 'glibc' : 'musl');
  else expect(found.libc).toBeUndefined();
});

test('the fingerprint is the same from call to call and from folder to folder', async () => {
  const [a, b] = [new TempProject(), new TempProject()];
  const first = await hostFingerprint(a.root, PROBE, {});
  expect(await hostFingerprint(a.root, PROBE, {})).toBe(first);
  expect(await hostFingerprint(b.root, PROBE, {})).toBe(first);
});

test('the fingerprint changes with installed packages and with declared environment', async () => {
  const project = new TempProject();
  const bare = await hostFingerprint(project.root, PROBE, {});
  const gpu = { ...PROBE, env: [{ name: 'CUDA_VISIBLE_DEVICES', key: true }] };
  const unset = await hostFingerprint(project.root, gpu, {});
  const set = await hostFingerprint(project.root, gpu, { CUDA_VISIBLE_DEVICES: '' });
  project.write('node_modules/.package-lock.json', '{}');
  const installed = await hostFingerprint(project.root, PROBE, {});
  expect(new Set([bare, unset, set, installed]).size).toBe(4);
});

const CPU = 'vendor_id : V\nmodel name : M\ncpu MHz : 1000\nflags : avx2\nCPU part : 0xd0c\n';
const GPU = '/proc/driver/nvidia';
const HOST: Readonly<Record<string, string>> = {
  '/proc/cpuinfo': `${CPU}\n${CPU}`,
  [`${GPU}/version`]: 'driver 1',
  [`${GPU}/gpus/0/information`]: 'card 1',
  '/dev/nvidia0': '',
  '/dev/dri/renderD128': '',
};

/** A host that holds these files. */
const hostWith = (files: Readonly<Record<string, string | undefined>>): HostFiles => {
  const there = Object.entries(files).flatMap(([path, text]) => (text === undefined ? [] : [path]));
  return {
    text: async (path) => files[path] ?? '',
    names: async (folder) => {
      const inside = there.filter((path) => path.startsWith(`${folder}/`));
      const names = inside.map((path) => path.slice(folder.length + 1).split('/')[0] ?? '');
      return [...new Set(names)].sort();
    },
  };
};

const fingerprintOf = (changes: Readonly<Record<string, string | undefined>>) =>
  hostFingerprint('/nowhere', PROBE, {}, hostWith({ ...HOST, ...changes }));

test.each([
  ['another vendor', { '/proc/cpuinfo': CPU.replace(': V', ': W') }],
  ['another model', { '/proc/cpuinfo': CPU.replace(': M', ': N') }],
  ['another flag', { '/proc/cpuinfo': CPU.replace('avx2', 'avx2 avx512f') }],
  ['another part of ARM', { '/proc/cpuinfo': CPU.replace('0xd0c', '0xd40') }],
  ['features of ARM', { '/proc/cpuinfo': `${CPU}Features : sve\n` }],
  ['another driver', { [`${GPU}/version`]: 'driver 2' }],
  ['another card', { [`${GPU}/gpus/0/information`]: 'card 2' }],
  ['one card more', { [`${GPU}/gpus/1/information`]: 'card 1' }],
  ['a device that went', { '/dev/nvidia0': undefined }],
  ['a device that came', { '/dev/nvidia1': '' }],
  ['the control device', { '/dev/nvidiactl': '' }],
  ['a device of AMD', { '/dev/kfd': '' }],
  ['a device of WSL', { '/dev/dxg': '' }],
  ['one more to render on', { '/dev/dri/renderD129': '' }],
])('the fingerprint changes with %s', async (_what, changes) => {
  expect(await fingerprintOf(changes)).not.toBe(await fingerprintOf({}));
});

test.each([
  ['clock rates', { '/proc/cpuinfo': CPU.replace('1000', '2000') }],
  ['the number of CPUs', { '/proc/cpuinfo': CPU }],
  ['other devices', { '/dev/sda': '', '/dev/dri/card0': '' }],
])('the fingerprint does not change with %s', async (_what, changes) => {
  expect(await fingerprintOf(changes)).toBe(await fingerprintOf({}));
});
