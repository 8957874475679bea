// Builds dist/: the wasm kernels, the CLI and the stage kit.
// Runs on `npm ci` (prepare) and before the tests.
import { execFileSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { build } from 'esbuild';
import { buildCli } from './build-cli.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const version = JSON.parse(readFileSync('package.json', 'utf8')).version;

if (existsSync('scripts/build-kernels.mjs')) {
  execFileSync(process.execPath, ['scripts/build-kernels.mjs'], { stdio: 'inherit' });
}

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  logLevel: 'warning',
  define: { FLOW_VERSION: JSON.stringify(version) },
};

// Built beside and swapped in at the end, so that a dist/ is never half of one.
const fresh = `dist.${process.pid}`;
rmSync(fresh, { recursive: true, force: true });
mkdirSync(path.join(fresh, 'chunks'), { recursive: true });
await buildCli(shared, fresh);
// Run by the interpreter of py stages, as they stand.
cpSync('src/flow/key/python', path.join(fresh, 'python'), {
  recursive: true,
  filter: (name) => !name.includes('__pycache__'),
});
// What runs in a browser: read by `flow report` and `flow ui` when they are called.
await build({
  ...shared,
  entryPoints: {
    report: 'src/flow/web/client/report.tsx',
    ui: 'src/flow/web/client/ui.tsx',
  },
  outdir: path.join(fresh, 'web'),
  platform: 'browser',
  target: 'es2022',
  format: 'iife',
  minify: true,
});
await build({
  ...shared,
  entryPoints: { 'stage-kit': 'src/stage-kit/stage-kit.ts' },
  outdir: fresh,
});

// Types of the stage kit, for stages outside this repository. tsc leaves `.ts` in their imports.
const tsc = fileURLToPath(
  new URL('node_modules/typescript/bin/tsc', new URL('..', import.meta.url)),
);
const flags =
  '--ignoreConfig --declaration --emitDeclarationOnly --rewriteRelativeImportExtensions';
const options = '--target es2022 --module nodenext --types node --skipLibCheck';
execFileSync(
  process.execPath,
  [
    tsc,
    ...flags.split(' '),
    ...options.split(' '),
    '--outDir',
    fresh,
    'src/stage-kit/stage-kit.ts',
  ],
  { stdio: 'inherit' },
);
const declarations = path.join(fresh, 'stage-kit.d.ts');
writeFileSync(
  declarations,
  readFileSync(declarations, 'utf8').replaceAll("contract.ts'", "contract.js'"),
);

rmSync('dist', { recursive: true, force: true });
renameSync(fresh, 'dist');
