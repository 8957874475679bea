// Chooses and opens a backend.
import type { Backend, Precision } from './backend.ts';
import { openWasm } from './wasm/backend.ts';

/** The backends that `auto` tries, in this order. */
export const AUTO_ORDER = ['tensorflow', 'webgpu', 'wasm', 'cpu'] as const;
/** `wasm-relaxed` only on request: its bytes depend on the host. */
export const BACKEND_NAMES = ['auto', ...AUTO_ORDER, 'wasm-relaxed'] as const;
export const PRECISIONS: readonly Precision[] = ['fp32', 'bf16'];

export type BackendName = (typeof BACKEND_NAMES)[number];

export function isBackendName(name: string): name is BackendName {
  return (BACKEND_NAMES as readonly string[]).includes(name);
}

export function isPrecision(name: string): name is Precision {
  return (PRECISIONS as readonly string[]).includes(name);
}

/**
 * `auto` opens the first one that works: native TensorFlow or WebGPU if they were added (WebGPU only with
 * a GPU), else our own kernels, which need nothing.
 *
 * @throws if a named backend does not work, with the reason and how to install it
 */
export async function openBackend(
  name: BackendName,
  precision: Precision = 'fp32',
): Promise<Backend> {
  if (precision === 'bf16') return openInBf16(name);
  switch (name) {
    case 'auto':
      return openNative()
        .catch(() => openWebGpu(true))
        .catch(() => openWasm());
    case 'tensorflow':
      return openNative();
    case 'webgpu':
      return openWebGpu(false);
    case 'wasm':
      return openWasm();
    case 'wasm-relaxed':
      return openWasm({ relaxed: true });
    case 'cpu': {
      const { tfjsBackend } = await import('./tfjs/backend.ts');
      const { loadCpu } = await import('./tfjs/load.ts');
      return tfjsBackend(await loadCpu());
    }
  }
}

/** Only native TensorFlow has products in bfloat16. */
async function openInBf16(name: BackendName): Promise<Backend> {
  if (name === 'auto' || name === 'tensorflow') return openNative('bf16');
  throw new Error(
    `backend '${name}' computes in fp32 alone: take precision 'fp32', or backend 'tensorflow' on a CPU with bfloat16 instructions`,
  );
}

async function openNative(precision: Precision = 'fp32'): Promise<Backend> {
  const { openNative: open } = await import('./native/load.ts');
  return open(precision);
}

/** @param onGpu refuse a software renderer, which is slower than any other backend */
async function openWebGpu(onGpu: boolean): Promise<Backend> {
  const { tfjsBackend } = await import('./tfjs/backend.ts');
  const { loadWebGpu } = await import('./tfjs/load.ts');
  const loaded = await loadWebGpu();
  if (onGpu && !loaded.isGpu) throw new Error("backend 'webgpu' finds no GPU");
  return tfjsBackend(loaded);
}
