// The backends that this machine has: the tests of backends run on each.
import { openBackend } from '../../src/ml/backend/open.ts';
import type { BackendName } from '../../src/ml/backend/open.ts';

/** These are tested or the tests fail, as where they were just added. */
const required = (process.env['BACKENDS_REQUIRED'] ?? '').split(/[ ,]+/);
/** The same everywhere, however long it takes. */
const full = process.env['EFFORT'] === 'full';

const found = await present(['wasm', 'cpu', 'tensorflow', 'webgpu', 'wasm-relaxed']);

export const BACKENDS: readonly BackendName[] = found.map(({ name }) => name);

/** Programs that play a GPU: a step of the smallest model takes half a second, one of MiniLM minutes. */
export const PLAYED: readonly BackendName[] = found
  .filter(({ played }) => played && !full)
  .map(({ name }) => name);

/** Those, and plain JavaScript: the same tests run there with fewer steps, rows or layers. */
export const SLOW: readonly BackendName[] = BACKENDS.filter(
  (name) => PLAYED.includes(name) || (name === 'cpu' && !full),
);
export const FAST: readonly BackendName[] = BACKENDS.filter((name) => !SLOW.includes(name));

/** What a test does on a backend: all, or where that takes minutes, some of it. */
export function asFitsOn<T>(backend: BackendName, all: T, some: T): T {
  return SLOW.includes(backend) ? some : all;
}

// While Dawn waits it asks by setImmediate again and again, and so takes a core from the program that plays
// the GPU: twice the work, and far longer where others want cores too.
if (found.some(({ played }) => played)) {
  const { setTimeout } = globalThis;
  const gently = (ask: () => void) => setTimeout(ask, 1);
  Object.assign(globalThis, { setImmediate: gently });
}

interface Found {
  readonly name: BackendName;
  readonly played: boolean;
}

async function present(names: readonly BackendName[]): Promise<readonly Found[]> {
  const here: Found[] = [];
  for (const name of names) {
    try {
      const { facts } = await openBackend(name);
      here.push({ name, played: /swiftshader|llvmpipe/i.test(facts.simd) });
    } catch (error) {
      if (required.includes(name)) throw error;
      const [reason] = (error as Error).message.split('\n');
      process.stderr.write(`not tested on ${name}: ${reason}\n`);
    }
  }
  return here;
}
