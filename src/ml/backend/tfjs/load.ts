// Brings TensorFlow.js in, with one of its backends. Everything is imported when it is asked for: other
// backends shall not pay for it.
import { createRequire } from 'node:module';
import util from 'node:util';
import type * as Core from '@tensorflow/tfjs-core';
import type { BackendFacts } from '../backend.ts';

export type Tf = typeof Core;

export interface Loaded {
  readonly tf: Tf;
  readonly facts: BackendFacts;
}

/** Plain JavaScript: slow, always there, and written by others than our kernels. */
export async function loadCpu(): Promise<Loaded> {
  const tf = await import('@tensorflow/tfjs-core');
  await import('@tensorflow/tfjs-backend-cpu');
  // Its import registers the gradients, which tfjs-core's bundle for Node leaves out.
  await import('@tensorflow/tfjs-layers');
  await select(tf, 'cpu');
  const library = `@tensorflow/tfjs-core ${tf.version_core}`;
  return { tf, facts: { backend: 'cpu', library, kernels: null, simd: 'none', threads: 1 } };
}

/** Sums depend on the number of threads, so that it is fixed whatever else runs. */
const THREADS = '2';
const require = createRequire(import.meta.url);

interface Native {
  readonly name: string;
  load(): Promise<object>;
  about(): unknown;
}

/** Written out, so that a bundler sees which packages may be loaded. */
const NATIVE: readonly Native[] = [
  {
    name: '@tensorflow/tfjs-node-gpu',
    load: () => import('@tensorflow/tfjs-node-gpu'),
    about: () => require('@tensorflow/tfjs-node-gpu/package.json'),
  },
  {
    name: '@tensorflow/tfjs-node',
    load: () => import('@tensorflow/tfjs-node'),
    about: () => require('@tensorflow/tfjs-node/package.json'),
  },
];

/** @throws naming each package and why it cannot be had */
export async function loadNative(): Promise<Loaded> {
  process.env['TF_NUM_INTRAOP_THREADS'] ??= THREADS;
  process.env['TF_NUM_INTEROP_THREADS'] ??= '1';
  process.env['TF_CPP_MIN_LOG_LEVEL'] ??= '2';
  // The binding calls it, and Node 23 took it away.
  const old = util as { isNullOrUndefined?: (value: unknown) => boolean };
  old.isNullOrUndefined ??= (value) => value === null || value === undefined;
  const reasons: string[] = [];
  for (const native of NATIVE) {
    try {
      return await openNative(native);
    } catch (error) {
      reasons.push(`  ${native.name}: ${(error as Error).message.split('\n')[0]}`);
    }
  }
  throw new Error(
    `backend 'tensorflow' cannot be had here; take 'wasm', or install one of\n${reasons.join('\n')}`,
  );
}

async function openNative({ name, load, about }: Native): Promise<Loaded> {
  const loaded = (await load()) as { readonly default?: Tf } & Tf;
  const tf = loaded.default ?? loaded;
  await select(tf, 'tensorflow');
  const { version } = about() as { readonly version: string };
  const binding = (tf.backend() as unknown as { binding?: { TF_Version?: string } }).binding;
  const library = `${name} ${version}, TensorFlow ${binding?.TF_Version ?? 'unknown'}`;
  const threads = Number(process.env['TF_NUM_INTRAOP_THREADS']);
  const simd = name.endsWith('-gpu') ? 'gpu' : process.arch;
  return { tf, facts: { backend: 'tensorflow', library, kernels: null, simd, threads } };
}

async function select(tf: Tf, backend: string): Promise<void> {
  // Without the advice on the console to install another backend.
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend '${backend}'`);
}
