// Finds TensorFlow's add-on on this machine, and the facts that its bytes depend on.
import path from 'node:path';
import util from 'node:util';
import type { Backend, BackendFacts, Precision } from '../backend.ts';
import type { Addon } from './addon.ts';
import { kernelsDigest } from '../wasm/kernels.ts';
import { nativeBackend } from './backend.ts';
import { findInstalled } from '../installed.ts';
import { cpuLevel, gpuModel, hasBfloat16, hasNvidiaDriver } from './machine.ts';
import { Masks } from './masks.ts';
import { Runtime } from './runtime.ts';

/** A fixed number of threads, because sums depend on it. */
const THREADS = '1';

/** @throws naming every place that was searched, and how to install TensorFlow */
export async function openNative(precision: Precision = 'fp32'): Promise<Backend> {
  const { addon } = await loadAddon();
  if (precision === 'bf16') checkBfloat16(addon);
  runtime ??= new Runtime(addon, await Masks.open());
  return nativeBackend(runtime, await nativeFacts(addon, precision));
}

/** @throws if products in it are slower than in float32, or not measured */
function checkBfloat16(addon: Addon): void {
  if (addon.isUsingGpuDevice()) {
    throw new Error("precision 'bf16' is for CPUs: on a GPU the backend computes in fp32 alone");
  }
  if (!hasBfloat16()) {
    throw new Error(
      "precision 'bf16' needs a CPU with bfloat16 instructions (avx512_bf16 or amx_bf16), which this one lacks: emulated they are slower than fp32",
    );
  }
}

let runtime: Runtime | undefined;

export interface LoadedAddon {
  readonly addon: Addon;
  /** Its name in `flow backend add`, or its package. */
  readonly from: string;
  /** The places searched before without success, with reasons. */
  readonly passedOver: readonly string[];
}

let loaded: Promise<LoadedAddon> | undefined;

/** Loaded once per process, because TensorFlow reads the environment only once. */
export function loadAddon(): Promise<LoadedAddon> {
  loaded ??= findAddon();
  return loaded;
}

async function findAddon(): Promise<LoadedAddon> {
  process.env['TF_NUM_INTRAOP_THREADS'] ??= THREADS;
  process.env['TF_NUM_INTEROP_THREADS'] ??= '1';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  // Two stages may share a GPU. Without this TensorFlow takes all its memory at once.
  process.env['TF_FORCE_GPU_ALLOW_GROWTH'] ??= 'true';
  const reasons: string[] = [];
  for (const { from, place, load } of [...installed(), ...PACKAGES]) {
    try {
      return { addon: await load(), from, passedOver: reasons };
    } catch (error) {
      reasons.push(`${place}: ${reasonOf(error)}`);
    }
  }
  throw new Error(
    `backend 'tensorflow' is not here: 'flow backend add tensorflow' builds it, or take 'wasm'\n${reasons.map((reason) => `  ${reason}`).join('\n')}`,
  );
}

function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException;
  if (code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND') return 'not installed';
  if (message.includes('tfjs_binding.node) can not be found')) {
    return 'has no binary: its install script did not run, or could not download one';
  }
  return message.split('\n')[0] ?? message;
}

interface Place {
  readonly from: string;
  /** As messages name it. */
  readonly place: string;
  readonly load: () => Promise<Addon>;
}

/** Built by `flow backend add`. The one for GPUs is first if the machine has a GPU. */
function installed(): readonly Place[] {
  const order = hasNvidiaDriver()
    ? (['tensorflow-gpu', 'tensorflow'] as const)
    : (['tensorflow', 'tensorflow-gpu'] as const);
  return order.flatMap((name) => {
    const found = findInstalled(name);
    if (found === undefined) return [];
    const file = path.join(found.folder, found.about.entry);
    return [{ from: name, place: found.folder, load: async () => openAddon(file) }];
  });
}

/** Complete imports, so that a bundler sees which packages may be loaded. */
const PACKAGES: readonly Place[] = [
  ofPackage('@tensorflow/tfjs-node-gpu', () => import('@tensorflow/tfjs-node-gpu')),
  ofPackage('@tensorflow/tfjs-node', () => import('@tensorflow/tfjs-node')),
];

function ofPackage(name: string, load: () => Promise<unknown>): Place {
  return { from: name, place: name, load: async () => bindingOf(await withOldUtil(load)) };
}

function openAddon(file: string): Addon {
  const module = { exports: {} };
  process.dlopen(module, file);
  return module.exports as Addon;
}

/** The packages call functions that Node 23 removed. */
async function withOldUtil(load: () => Promise<unknown>): Promise<unknown> {
  const old = util as {
    isNullOrUndefined?: (value: unknown) => boolean;
    isArray?: (value: unknown) => boolean;
  };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
  old.isArray ??= Array.isArray;
  return load();
}

function bindingOf(imported: unknown): Addon {
  const { default: tf } = imported as { readonly default: { backend(): unknown } };
  const { binding } = tf.backend() as { readonly binding?: Addon };
  if (binding === undefined) throw new Error('its backend is not TensorFlow');
  return binding;
}

async function nativeFacts(addon: Addon, precision: Precision): Promise<BackendFacts> {
  return {
    backend: 'tensorflow',
    library: `TensorFlow ${addon.TF_Version}`,
    // Dropout's masks come from our kernels.
    kernels: await kernelsDigest(),
    simd: addon.isUsingGpuDevice() ? await gpuModel() : cpuLevel(),
    threads: Number(process.env['TF_NUM_INTRAOP_THREADS']),
    precision,
  };
}
