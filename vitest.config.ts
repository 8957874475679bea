import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { defineConfig } from 'vitest/config';

// Which projects tests have run is not for the home of whoever starts them.
const env = { XDG_STATE_HOME: mkdtempSync(join(tmpdir(), 'flow-test-state-')) };
process.once('exit', () => rmSync(env.XDG_STATE_HOME, { recursive: true, force: true }));

const alias = {
  'fastmtl-flow/stage-kit': fileURLToPath(new URL('./src/stage-kit/stage-kit.ts', import.meta.url)),
};

/** `import bytes from './x.wasm'` gives its bytes, as esbuild's binary loader does. */
const binary = {
  name: 'binary',
  enforce: 'pre' as const,
  load(id: string) {
    if (!id.endsWith('.wasm')) return;
    const text = readFileSync(id, 'base64');
    return `export default new Uint8Array(Buffer.from('${text}', 'base64'));`;
  },
};

/** `import text from './x.ts?program'` gives the program's text, as the build of the CLI does. */
const program = {
  name: 'program',
  enforce: 'pre' as const,
  async load(id: string) {
    if (!id.endsWith('?program')) return;
    const { outputFiles } = await build({
      entryPoints: [id.slice(0, -'?program'.length)],
      bundle: true,
      platform: 'node',
      format: 'cjs',
      write: false,
    });
    return `export default ${JSON.stringify(outputFiles[0]?.text)}`;
  },
};

export default defineConfig({
  test: {
    projects: [
      {
        resolve: { alias },
        plugins: [binary, program],
        test: {
          env,
          name: 'unit',
          include: ['test/{ci,flow,ml,provision,stage-kit}/**/*.test.ts'],
          // Real processes on a machine that may be busy: a limit for what hangs, not for what is slow.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        resolve: { alias },
        plugins: [binary, program],
        test: {
          env,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        plugins: [binary, program],
        test: {
          env,
          name: 'crash',
          include: ['test/crash/**/*.test.ts'],
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
      {
        resolve: { alias },
        plugins: [binary, program],
        test: {
          env,
          name: 'golden',
          include: ['test/golden/**/*.test.ts'],
          globalSetup: ['test/golden/require-folders.ts'],
          testTimeout: 300_000,
        },
      },
    ],
  },
});
