// The backends that this machine has: the tests below run on each.
import { openBackend } from '../../src/ml/backend/open.ts';
import type { BackendName } from '../../src/ml/backend/open.ts';

/** Every machine has these. */
const ALWAYS: readonly BackendName[] = ['wasm', 'cpu'];

export const BACKENDS: readonly BackendName[] = [...ALWAYS, ...(await present(['tensorflow']))];

/** Those on which some hundred steps take seconds, not minutes. */
export const FAST = BACKENDS.filter((name) => name !== 'cpu');

async function present(names: readonly BackendName[]): Promise<readonly BackendName[]> {
  const found: BackendName[] = [];
  for (const name of names) {
    try {
      await openBackend(name);
      found.push(name);
    } catch (error) {
      const [reason] = (error as Error).message.split('\n');
      process.stderr.write(`not tested on ${name}: ${reason}\n`);
    }
  }
  return found;
}
