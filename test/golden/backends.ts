// The backends that this machine has: the tests below run on each.
import { openBackend } from '../../src/ml/backend/open.ts';
import type { BackendName } from '../../src/ml/backend/open.ts';

const played = new Set<BackendName>();
const found = await present(['wasm', 'cpu', 'tensorflow', 'webgpu', 'wasm-relaxed']);

export const BACKENDS: readonly BackendName[] = found;

/** Those on which many steps take seconds, not minutes: a program that plays a GPU takes minutes. */
export const FAST: readonly BackendName[] = found.filter(
  (name) => name !== 'cpu' && !played.has(name),
);

/** Those on which a step of a small model takes seconds. */
export const USABLE: readonly BackendName[] = found.filter((name) => !played.has(name));

async function present(names: readonly BackendName[]): Promise<readonly BackendName[]> {
  const here: BackendName[] = [];
  for (const name of names) {
    try {
      const { facts } = await openBackend(name);
      if (/swiftshader|llvmpipe/i.test(facts.simd)) played.add(name);
      here.push(name);
    } catch (error) {
      const [reason] = (error as Error).message.split('\n');
      process.stderr.write(`not tested on ${name}: ${reason}\n`);
    }
  }
  return here;
}
