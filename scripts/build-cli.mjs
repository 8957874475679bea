// Builds the CLI: dist/flow.js, which starts dist/chunks/cli-<digest>.cjs out of V8's code cache.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Stands in the bundle for the bundle's own digest. */
const OWN_DIGEST = '__FLOW_BUILD__';

/** @param shared options of all builds */
export async function buildCli(shared, folder) {
  const bundle = await bundleText(shared);
  const name = `cli-${createHash('sha256').update(bundle).digest('hex').slice(0, 16)}`;
  const file = path.join(folder, 'chunks', `${name}.cjs`);
  writeFileSync(file, bundle.replaceAll(OWN_DIGEST, name));

  const cache = `${name}-${process.version}.cache`;
  const bin = path.join(folder, 'flow.js');
  await build({
    ...shared,
    entryPoints: ['src/flow/cli/launch.ts'],
    outfile: bin,
    minifySyntax: true,
    define: {
      ...shared.define,
      FLOW_BUNDLE: JSON.stringify(`${name}.cjs`),
      FLOW_CODE_CACHE: JSON.stringify(cache),
    },
    banner: { js: '#!/usr/bin/env node' },
  });
  chmodSync(bin, 0o755);
  const maker = fileURLToPath(new URL('./code-cache.mjs', import.meta.url));
  execFileSync(process.execPath, [maker, file, path.join(folder, 'chunks', cache)]);
}

/** What is imported lazily lies in it too, but is evaluated only when it is asked for. */
async function bundleText(shared) {
  const { outputFiles } = await build({
    ...shared,
    entryPoints: ['src/flow/cli/main.ts'],
    format: 'cjs',
    write: false,
    minifySyntax: true,
    minifyWhitespace: true,
    external: ['esbuild'],
    plugins: [programs(shared)],
    define: {
      ...shared.define,
      FLOW_BUILD: JSON.stringify(OWN_DIGEST),
      'import.meta.url': '__flowUrl',
    },
    // The names that launch.ts hands in. The bundle's first word stays 'use strict'.
    banner: { js: '(function(module,require,__flowUrl){' },
    footer: { js: '})' },
  });
  // It is read as bytes of Latin-1, which is quicker and takes half the memory. esbuild writes ASCII but
  // for regular expressions, in which an escape means the same.
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  const text = outputFiles[0].text.replaceAll(/[^\x00-\x7f]/g, escaped);
  if (!/^\(function\(module,require,__flowUrl\)\{\s*"use strict";/.test(text)) {
    throw new Error('the bundle does not begin as launch.ts expects');
  }
  return text;
}

/** `import text from './x.ts?program'` gives a program that Node runs by -e. */
const programs = (shared) => ({
  name: 'programs',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /\?program$/ }, ({ path: name, resolveDir }) => ({
      path: path.resolve(resolveDir, name.replace(/\?program$/, '')),
      namespace: 'program',
    }));
    onLoad({ filter: /./, namespace: 'program' }, async ({ path: file }) => {
      const { outputFiles } = await build({
        ...shared,
        entryPoints: [file],
        format: 'cjs',
        write: false,
        minify: true,
      });
      return { contents: outputFiles[0].text, loader: 'text' };
    });
  },
});

const escaped = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
