// Chooses and opens a backend.
import type { Backend } from './backend.ts';
import { openWasm } from './wasm/backend.ts';

export const BACKEND_NAMES = ['auto', 'wasm'] as const;

export type BackendName = (typeof BACKEND_NAMES)[number];

export function isBackendName(name: string): name is BackendName {
  return (BACKEND_NAMES as readonly string[]).includes(name);
}

/** `auto` takes the first that can be had; any other name is that one or an error. */
export async function openBackend(name: BackendName): Promise<Backend> {
  switch (name) {
    case 'auto':
    case 'wasm':
      return openWasm();
  }
}
