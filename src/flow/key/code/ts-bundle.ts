import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { Failure } from '../../core/events.ts';
import type { Digest } from '../../core/ids.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Bundled, Bundler, Escape } from './bundler.ts';
import { canonicalJson } from '../canonical.ts';
import { digestBytes, hexOf } from '../digest.ts';
import { thisMoment } from '../files/file-times.ts';
import { KEPT_BYTES, keepWatched, recallWatched } from '../files/memo.ts';
import type { Blobs, Memo } from '../files/memo.ts';
import { INSTALLED_LOCK, readInstalledPackages, readJson } from './packages.ts';
import type { InstalledPackage } from './packages.ts';
import { packageTargets } from './package-targets.ts';
import { foldersUp } from '../paths.ts';
import { findTsConfig, readTsConfig } from './tsconfig.ts';
import type { Watch, Watcher } from '../files/watch.ts';

/**
 * Increase it when the form of the memo or the way of bundling changes. flow then ignores older
 * memos.
 */
const FORMAT = 'bundle.v4';

/** Everything about the code of a ts entry. JSON, so that flow can remember it. */
export interface TsBundle {
  readonly code: Artifact;
  readonly map: Artifact;
  /** Project-relative path -> digest, for provenance. */
  readonly closure: Readonly<Record<string, Digest>>;
  readonly packages: readonly InstalledPackage[];
  /** The packages without the project's optional ones, for an instance that reads a probe. */
  readonly packagesWithoutOptional: readonly InstalledPackage[];
  /** The names in node_modules of those packages, the optional ones too. */
  readonly direct: readonly string[];
  readonly escapes: readonly Escape[];
}

interface Remembered {
  readonly watches: readonly Watch[];
  readonly bundle: TsBundle;
}

export interface TsBundlerOptions {
  readonly root: string;
  readonly memo: Memo;
  readonly blobs: Blobs;
  readonly bundler: Bundler;
  readonly watcher: Watcher;
}

/** Loads esbuild for the first bundle; reads its version from its package.json. */
export const lazyEsbuild: Bundler = {
  get version() {
    return (createRequire(import.meta.url)('esbuild/package.json') as { version: string }).version;
  },
  bundle: async (request) => {
    const { esbuildBundler } = await import('./esbuild-bundler.ts');
    return esbuildBundler.bundle(request);
  },
};

/** `entry` is project-relative. Remembered by the state of all that resolving its imports looked at. */
export async function resolveTsBundle(
  options: TsBundlerOptions,
  entry: string,
): Promise<Result<TsBundle, Failure>> {
  const { memo, bundler, watcher } = options;
  const name = memoName(entry, bundler.version);
  const remembered = await recallWatched<Remembered>(memo, name, watcher);
  if (remembered !== undefined) return ok(remembered.bundle);
  const made = await makeBundle(options, entry);
  if (!made.ok) return made;
  const { watches, bundle } = made.value;
  if (watches !== undefined) await keepWatched(memo, name, { watches, bundle });
  return ok(bundle);
}

/** The bytes of the bundle; bundles again if the store has lost them. */
export async function readBundle(
  options: TsBundlerOptions,
  entry: string,
  artifact: Artifact,
): Promise<Result<Uint8Array, Failure>> {
  const kept = await options.blobs.read(artifact);
  if (kept.ok && digestBytes(kept.value) === artifact.digest) return ok(kept.value);
  const bundled = await bundleEntry(options, entry);
  if (!bundled.ok) return bundled;
  if (digestBytes(bundled.value.code) !== artifact.digest) {
    return err({
      reason: 'code',
      message: `${entry}, or a file that it imports, changed during the run`,
      hint: 'start the run again',
    });
  }
  await options.blobs.putBytes(bundled.value.code, false);
  return ok(bundled.value.code);
}

async function makeBundle(
  options: TsBundlerOptions,
  entry: string,
): Promise<
  Result<{ readonly watches: readonly Watch[] | undefined; readonly bundle: TsBundle }, Failure>
> {
  const { root, blobs } = options;
  if (!existsSync(join(root, entry))) {
    return err({ reason: 'code', message: `${entry} does not exist` });
  }
  const begin = thisMoment();
  // A new look at the files: an earlier one can be older than what the bundler reads now.
  const watcher = options.watcher.anew();
  const bundled = await bundleEntry(options, entry);
  if (!bundled.ok) return bundled;
  const installed = readInstalledPackages(root);
  const missing = bundled.value.packages.find(
    ({ name, lazy }) => !lazy && !installed.has(name) && !installed.optional.has(name),
  );
  if (missing !== undefined) {
    return err({
      reason: 'code',
      message: `${missing.place} imports '${missing.name}', which ${INSTALLED_LOCK} does not list`,
      hint: `install it with npm (npm install ${missing.name}, or npm ci if package.json has it)`,
    });
  }

  const tsconfig = await readConfig(root, join(root, entry));
  const sources = await Promise.all(
    [...bundled.value.sources].map(([path, { digest }]) => watcher.take('file', path, digest)),
  );
  const surroundings = await Promise.all([
    ...configFiles(root, join(root, entry), bundled.value, tsconfig.files).map((path) =>
      watcher.take('file', path),
    ),
    ...importFolders(root, join(root, entry), bundled.value, tsconfig.candidates).map((path) =>
      watcher.take('sources', path),
    ),
    ...bundled.value.patternFolders.map((path) => watcher.take('tree', path)),
  ]);
  const names = bundled.value.packages.map(({ name }) => name);
  const [code, map] = await Promise.all([
    blobs.putBytes(bundled.value.code, false),
    blobs.putBytes(bundled.value.map, false),
    keepSources(blobs, bundled.value),
  ]);
  const bundle: TsBundle = {
    code,
    map,
    closure: Object.fromEntries(
      [...sources, ...surroundings.filter(({ path }) => /(^|\/)tsconfig[^/]*$/.test(path))]
        .filter(({ digest }) => digest !== null)
        .map(({ path, digest }) => [nameInPackage(path), digest as Digest]),
    ),
    packages: installed.closure(names, new Set()),
    packagesWithoutOptional: installed.closure(names, installed.optional),
    direct: installed.direct(names),
    escapes: bundled.value.escapes.map((escape) => ({
      ...escape,
      file: relative(root, escape.file),
    })),
  };
  // The bundler read the surroundings before they were hashed here: if one changed in between, the two
  // may not belong together, and nothing is remembered.
  const torn = watcher.changedSince(surroundings, begin);
  return ok({ watches: torn ? undefined : [...sources, ...surroundings], bundle });
}

/** Kept so that a later explanation can show the changed lines, not only the name of the file. */
async function keepSources(blobs: Blobs, { sources }: Bundled): Promise<void> {
  const texts = [...sources.values()].filter(({ bytes }) => bytes.length <= KEPT_BYTES);
  await Promise.all(texts.map(({ bytes }) => blobs.putBytes(bytes, false)));
}

function bundleEntry(
  { root, bundler }: TsBundlerOptions,
  entry: string,
): Promise<Result<Bundled, Failure>> {
  const path = join(root, entry);
  const tsconfig = findTsConfig(root, path);
  return bundler.bundle({ root, entry: path, ...(tsconfig === undefined ? {} : { tsconfig }) });
}

async function readConfig(root: string, entry: string): Promise<ReturnType<typeof readTsConfig>> {
  const file = findTsConfig(root, entry);
  if (file === undefined) return { files: [], candidates: () => [] };
  const { parseJsonWithComments } = await import('./escapes.ts');
  return readTsConfig(file, parseJsonWithComments);
}

/**
 * package.json says how files are read (`type`, `sideEffects`, `imports`), from any folder above them;
 * tsconfig.json counts from any folder between the entry and the root, also where there is none yet.
 */
function configFiles(
  root: string,
  entry: string,
  { sources }: Bundled,
  tsconfigs: readonly string[],
): readonly string[] {
  const files = new Set([...tsconfigs, join(root, INSTALLED_LOCK)]);
  for (const folder of foldersUp(dirname(entry), root)) files.add(join(folder, 'tsconfig.json'));
  const folders = new Set([...sources.keys()].map((path) => dirname(path)));
  for (const folder of [...folders].flatMap((start) => foldersUp(start, '/'))) {
    files.add(join(folder, 'package.json'));
  }
  return [...files];
}

/**
 * Where a new file could take an import over, and where a tsconfig.json could come to lie. Named as imports
 * name them, not by real paths: a link on the way may be turned elsewhere.
 */
function importFolders(
  root: string,
  entry: string,
  { sources, specifiers }: Bundled,
  candidates: (specifier: string) => readonly string[],
): readonly string[] {
  const folders = new Set<string>([entry, ...sources.keys()].map((path) => dirname(path)));
  for (const { text, importer } of specifiers) {
    const targets = text.startsWith('.')
      ? [resolve(dirname(importer), text)]
      : [...candidates(text), ...packageTargets(root, text, importer)];
    for (const target of targets) {
      folders.add(dirname(target));
      // The folder whose index file the import could mean.
      if (!/\.\w+$/.test(target)) folders.add(target);
    }
  }
  return [...folders];
}

function memoName(entry: string, version: string): string {
  const subject = digestBytes(canonicalJson({ entry, esbuild: version }));
  return `${FORMAT}-${hexOf(subject)}`;
}

/** What lies outside the project is named by its package, so that records hold no path of this machine. */
function nameInPackage(path: string): string {
  if (!isAbsolute(path)) return path;
  for (const folder of foldersUp(dirname(path), '/')) {
    const { name } = readJson(join(folder, 'package.json'));
    if (typeof name === 'string') return join(name, relative(folder, path));
  }
  return basename(path);
}
