// Brings TensorFlow.js in, with one of its backends. Everything is imported when it is asked for: other
// backends shall not pay for it.
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

async function select(tf: Tf, backend: string): Promise<void> {
  // Without the advice on the console to install another backend.
  tf.enableProdMode();
  if (!(await tf.setBackend(backend))) throw new Error(`TensorFlow.js has no backend '${backend}'`);
}
