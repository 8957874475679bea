import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StageRig } from '../rig/run-stage.ts';

let folder: string;
let rig: StageRig;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'probe-'));
  rig = new StageRig(folder);
});
afterAll(() => {
  rig.close();
  rmSync(folder, { recursive: true });
});

const probe = (backend: string, precision = 'fp32') =>
  rig.attempt('probe-backend', { params: { backend, precision }, inputs: {}, outputs: {} });

test('the probe prints the same line every time, with its names in order', async () => {
  const { code, stdout } = await probe('wasm');
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /^\{"backend":"wasm","kernels":"[0-9a-f]{64}","library":"fastmtl-flow","precision":"fp32","simd":"wasm-simd128","threads":1\}\n$/,
  );
  expect((await probe('wasm')).stdout).toBe(stdout);
});

test('a backend that does not exist is refused with those that do', async () => {
  const { code, stderr } = await probe('webgl');
  expect(code).not.toBe(0);
  expect(stderr).toContain(
    "param 'backend' must be one of auto, tensorflow, webgpu, wasm, cpu, wasm-relaxed, not 'webgl'",
  );
});

test('a precision that no backend or not this one computes in is refused', async () => {
  const half = await probe('wasm', 'fp16');
  expect(half.code).not.toBe(0);
  expect(half.stderr).toContain("param 'precision' must be one of fp32, bf16, not 'fp16'");
  const { code, stderr } = await probe('wasm', 'bf16');
  expect(code).not.toBe(0);
  expect(stderr).toContain("backend 'wasm' computes in fp32 alone: take precision 'fp32'");
});
