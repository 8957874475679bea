// Before `npm run test:golden`: one message for a folder that is not there, instead of one a test.
import { statSync } from 'node:fs';
import { golden, models } from './reference.ts';

export function setup(): void {
  if (process.env['GOLDEN_REQUIRED'] !== '1') return;
  for (const [name, folder, holds] of [
    ['GOLDEN_DIR', golden(''), 'the reference values'],
    ['MODELS_DIR', models(''), 'the checkpoints'],
  ] as const) {
    if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) continue;
    throw new Error(`${folder}: no such folder; name the one with ${holds}: ${name}=DIR npm run test:golden`); // prettier-ignore
  }
}
