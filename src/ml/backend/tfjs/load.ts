// Loads TensorFlow.js with one of its backends. All imports are lazy, so that other backends do not pay for them.
import path from 'node:path';
import type * as Core from '@tensorflow/tfjs-core';
import type { BackendFacts } from '../backend.ts';
import { findInstalled } from '../installed.ts';

export type Tf = typeof Core;

export interface Loaded {
  readonly tf: Tf;
  readonly facts: BackendFacts;
  /** TensorFlow.js's name of the backend. */
  readonly backend: 'cpu' | 'webgpu';
  /** @throws if an error happened since the last call that TensorFlow.js did not report */
  readonly check?: () => void;
}

/** Plain JavaScript: slow, always available, and independent of our kernels. */
export async function loadCpu(): Promise<Loaded> {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-cpu');
  // This import registers the gradients, which tfjs-core's bundle for Node lacks.
  await import('@tensorflow/tfjs-layers');
  await select(tf, 'cpu');
  const library = `@tensorflow/tfjs-core ${tf.version_core}`;
  const facts = {
    backend: 'cpu',
    library,
    kernels: null,
    simd: 'none',
    threads: 1,
    precision: 'fp32',
  } as const;
  return { tf, facts, backend: 'cpu' };
}

interface Dawn {
  readonly globals: object;
  create(options: readonly string[]): Gpu;
}

interface Gpu {
  requestAdapter(): Promise<Adapter | null>;
}

interface Adapter {
  readonly info: Readonly<Record<'vendor' | 'architecture' | 'device' | 'description', string>>;
  readonly isFallbackAdapter?: boolean;
}

/** A GPU, or a software renderer. */
export interface LoadedWebGpu extends Loaded {
  readonly isGpu: boolean;
}

/** WebGPU through Dawn, which `flow backend add` installs. @throws naming what is missing */
export async function loadWebGpu(): Promise<LoadedWebGpu> {
  const adapter = await openGpu();
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-webgpu');
  await import('@tensorflow/tfjs-layers');
  await select(tf, 'webgpu');
  const { vendor, architecture, device, description } = adapter.info;
  const named = description !== '' ? description : [vendor, architecture, device].filter((part) => part !== '').join(' '); // prettier-ignore
  const library = `@tensorflow/tfjs-backend-webgpu ${tf.version_core}`;
  const facts = {
    backend: 'webgpu',
    library,
    kernels: null,
    simd: named,
    threads: 1,
    precision: 'fp32',
  } as const;
  const isGpu = !/swiftshader|llvmpipe/i.test(named);
  return { tf, facts, backend: 'webgpu', isGpu, check: watchErrors(tf) };
}

/** After an error WebGPU continues with wrong values, and reports the error only to the device. */
function watchErrors(tf: Tf): () => void {
  const { device } = tf.backend() as unknown as {
    readonly device: {
      onuncapturederror: ((event: { readonly error: Error }) => void) | null;
    };
  };
  let first: string | undefined;
  device.onuncapturederror = ({ error }) => (first ??= error.message);
  return () => {
    if (first === undefined) return;
    const message = first;
    first = undefined;
    throw new Error(`WebGPU: ${message}`);
  };
}

let gpu: Gpu | undefined;

/** TensorFlow.js looks for `navigator.gpu` when its backend is imported. */
async function openGpu(): Promise<Adapter> {
  gpu ??= startDawn();
  const adapter = await gpu.requestAdapter();
  if (adapter !== null) return adapter;
  throw new Error(
    "backend 'webgpu' finds no Vulkan driver: install the GPU's, or name a driver's file with VK_ICD_FILENAMES",
  );
}

function startDawn(): Gpu {
  const found = findInstalled('webgpu');
  if (found === undefined) {
    throw new Error("backend 'webgpu' is not here: 'flow backend add webgpu' fetches it, or take 'wasm'"); // prettier-ignore
  }
  const module = { exports: {} };
  process.dlopen(module, path.join(found.folder, found.about.entry));
  const { globals, create } = module.exports as Dawn;
  Object.assign(globalThis, globals);
  const made = create([]);
  // Node 20 has no navigator, later ones have one that cannot be replaced.
  const { navigator } = globalThis as { navigator?: object };
  if (navigator === undefined) {
    const value = { gpu: made, userAgent: 'node' };
    Object.defineProperty(globalThis, 'navigator', { value, configurable: true, writable: true });
  } else {
    Object.defineProperty(navigator, 'gpu', { value: made, configurable: true });
  }
  return made;
}

async function select(tf: Tf, backend: string): Promise<void> {
  // Production mode prints no advice to install another backend.
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend '${backend}'`);
}
