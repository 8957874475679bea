import { expect, test } from 'vitest';
import { isBackendName, openBackend } from '../../../src/ml/backend/open.ts';

test('the kernels say what determines their bytes', async () => {
  const { facts } = await openBackend('wasm');
  expect(facts).toMatchObject({ backend: 'wasm', simd: 'wasm-simd128', threads: 1 });
  expect(facts.kernels).toMatch(/^[0-9a-f]{64}$/);
});

test('TensorFlow.js says its version', async () => {
  const { facts } = await openBackend('cpu');
  expect(facts.backend).toBe('cpu');
  expect(facts.library).toMatch(/^@tensorflow\/tfjs-core \d+\.\d+/);
});

test('native TensorFlow is an error that names its packages where it is not installed', async () => {
  const opened = await openBackend('tensorflow').catch((error: Error) => error.message);
  if (typeof opened !== 'string') expect(opened.facts.backend).toBe('tensorflow');
  else
    expect(opened).toMatch(
      /'tensorflow' is not here: 'flow backend add tensorflow'.*\n.*tfjs-node-gpu: .*\n.*tfjs-node: /,
    );
});

test('auto always finds one', async () => {
  const { facts } = await openBackend('auto');
  expect(isBackendName(facts.backend)).toBe(true);
});

test('relaxed kernels are other kernels, and say what the host makes of them', async () => {
  const opened = await openBackend('wasm-relaxed').catch((error: Error) => error.message);
  if (typeof opened === 'string') {
    const version = process.versions.node;
    expect(opened).toBe(`backend 'wasm-relaxed' needs relaxed SIMD, which Node ${version} lacks: take Node 22 or later, or 'wasm'`); // prettier-ignore
    expect(version).toMatch(/^20\./);
    return;
  }
  expect(opened.facts.simd).toMatch(/^wasm-relaxed-simd, (fused|separate)$/);
  const { facts: exact } = await openBackend('wasm');
  expect(opened.facts.kernels).not.toBe(exact.kernels);
});
