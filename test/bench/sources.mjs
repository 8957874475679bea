// The sources as they stand, bundled for benches: Node does not read TypeScript.
import { mkdtempSync, rmSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** @param contents lines such as `export { openBackend } from './src/ml/backend/open.ts';` */
export async function importSources(contents) {
  const folder = mkdtempSync(path.join(root, 'node_modules', '.bench-'));
  try {
    const outfile = path.join(folder, 'bench.mjs');
    await build({
      stdin: { contents, resolveDir: root },
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node20',
      packages: 'external',
      loader: { '.wasm': 'binary' },
      outfile,
      logLevel: 'warning',
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
