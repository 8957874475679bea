import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { constants, Script } from 'node:vm';
import type { main } from './main.ts';

// dist/flow.js. The CLI is one file with V8's code cache beside it (scripts/build-cli.mjs): loading thirty
// modules and compiling them took longer than a run that changes nothing.

declare const FLOW_VERSION: string;
/** File names; both hold the digest of the bundle, the cache the Node that it is for, too. */
declare const FLOW_BUNDLE: string;
declare const FLOW_CODE_CACHE: string;

const argv = process.argv.slice(2);
if (argv[0] === '--version' || argv[0] === '-V') process.stdout.write(`${FLOW_VERSION}\n`);
else {
  await load()(argv, FLOW_VERSION);
  // Node would free every object of a large run before it ends.
  if ((await isWritten(process.stdout)) && (await isWritten(process.stderr))) process.exit();
}

/** Another Node than the one that built it refuses the cache and compiles: slower, and the same. */
function load(): typeof main {
  const filename = pathOf(FLOW_BUNDLE);
  const script = new Script(readFileSync(filename, 'latin1'), {
    filename,
    ...cached(pathOf(FLOW_CODE_CACHE)),
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  });
  const define = script.runInThisContext() as (
    module: { exports: unknown },
    require: NodeJS.Require,
    url: string,
  ) => void;
  const module = { exports: {} };
  define(module, createRequire(filename), urlOf(FLOW_BUNDLE));
  return (module.exports as { readonly main: typeof main }).main;
}

function cached(file: string): { readonly cachedData?: Buffer } {
  try {
    return { cachedData: readFileSync(file) };
  } catch {
    return {};
  }
}

function urlOf(name: string): string {
  return new URL(`./chunks/${name}`, import.meta.url).href;
}

function pathOf(name: string): string {
  return fileURLToPath(urlOf(name));
}

/** What was written to it has left this process. false: it failed, and its `error` event decides. */
function isWritten(stream: NodeJS.WriteStream): Promise<boolean> {
  if (stream.destroyed || stream.errored !== null) return Promise.resolve(stream.errored === null);
  if (stream.writableLength === 0) return Promise.resolve(true);
  return new Promise((resolve) => {
    stream.write('', (error) => resolve(!error));
  });
}
