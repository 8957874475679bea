import { expect, test } from 'vitest';
import { hostFingerprint } from '../../../src/flow/key/host-fingerprint.ts';
import { platform } from '../../../src/flow/key/platform.ts';
import { TempProject } from './temp-project.ts';

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
  const first = await hostFingerprint(a.root, {});
  expect(await hostFingerprint(a.root, {})).toBe(first);
  expect(await hostFingerprint(b.root, {})).toBe(first);
});

test('the fingerprint changes with installed packages and with declared environment', async () => {
  const project = new TempProject();
  const bare = await hostFingerprint(project.root, {});
  const unset = await hostFingerprint(project.root, { CUDA_VISIBLE_DEVICES: null });
  const set = await hostFingerprint(project.root, { CUDA_VISIBLE_DEVICES: '' });
  project.write('node_modules/.package-lock.json', '{}');
  const installed = await hostFingerprint(project.root, {});
  expect(new Set([bare, unset, set, installed]).size).toBe(4);
});
