import type { BackendName } from '../../src/ml/backend/open.ts';

/** The backends that can be had everywhere. */
export const BACKENDS: readonly BackendName[] = ['wasm', 'cpu'];
