import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** A script that the build wrote to dist/web. The bundle with this module is in dist/chunks. */
export async function readAsset(name: 'report.js' | 'ui.js'): Promise<string> {
  return readFile(fileURLToPath(new URL(`../web/${name}`, import.meta.url)), 'utf8');
}
