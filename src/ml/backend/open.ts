// Chooses and opens a backend.
import type { Backend } from './backend.ts';
import { openWasm } from './wasm/backend.ts';

export type BackendName = 'auto' | 'wasm' | 'cpu' | 'tensorflow';

/** `auto` takes the first that can be had; any other name is that one or an error. */
export async function openBackend(name: BackendName): Promise<Backend> {
  switch (name) {
    case 'auto':
    case 'wasm':
      return openWasm();
    default:
      throw new Error(`backend '${name}' cannot be had here`);
  }
}
