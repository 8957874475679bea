// Where the reference values and checkpoints lie; another set of the same form can be named.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const beside = fileURLToPath(new URL('../../../shared', import.meta.url));

export const golden = (name: string): string =>
  path.join(process.env['GOLDEN_DIR'] ?? path.join(beside, 'golden'), name);

export const models = (name: string): string =>
  path.join(process.env['MODELS_DIR'] ?? path.join(beside, 'models'), name);

/** For `test.skipIf`: absent files skip a test, unless GOLDEN_REQUIRED=1 lets it fail on them. */
export function lacks(...paths: readonly string[]): boolean {
  const absent = paths.filter((file) => !existsSync(file));
  if (absent.length === 0 || process.env['GOLDEN_REQUIRED'] === '1') return false;
  process.stderr.write(`skipped for want of ${absent.join(', ')}\n`);
  return true;
}
