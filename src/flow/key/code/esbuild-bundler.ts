import { readFile, realpath } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { build, version } from 'esbuild';
import type {
  BuildFailure,
  BuildOptions,
  Loader,
  Message,
  OnLoadResult,
  OutputFile,
  Plugin,
} from 'esbuild';
import type { Failure } from '../../core/events.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Bundled, BundleRequest, Bundler, Escape, PackageImport, Source } from './bundler.ts';
import { digestBytes } from '../digest.ts';
import { findLoads } from './escapes.ts';
import { isInside } from '../paths.ts';

// The only importer of esbuild. A no-op never loads this file.

/** The name in the bundle's last line. The bytes of the map are not hashed. */
export const MAP_NAME = 'bundle.map';
const ENTRY = 'entry';
const STAGE_KIT = 'fastmtl-flow/stage-kit';

const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
  '.json': 'json',
  '.txt': 'text',
  '.wasm': 'binary',
  '.bin': 'binary',
};

/** Node cannot import such a file, so it goes into the bundle also if a package contains it. */
const NOT_FOR_NODE = /\.(wasm|bin|txt)$/;

/** Bundled CommonJS calls `require` for Node's own modules, but an ES module has no `require`. */
const REQUIRE_BANNER =
  "import{createRequire as __flowRequire}from'node:module';const require=__flowRequire(import.meta.url);";

export const esbuildBundler: Bundler = { version, bundle };

async function bundle(request: BundleRequest): Promise<Result<Bundled, Failure>> {
  const sources = new Map<string, Source>();
  try {
    const plain = await runBuild(request, sources, undefined);
    const needsRequire = plain.text.includes('__require(');
    return ok(
      collect(
        request,
        sources,
        needsRequire ? await runBuild(request, sources, REQUIRE_BANNER) : plain,
      ),
    );
  } catch (error) {
    if (!isBuildFailure(error)) throw error;
    return err(describeFailure(error.errors, relative(request.root, request.entry)));
  }
}

interface Built {
  readonly text: string;
  readonly map: Uint8Array;
  readonly meta: NonNullable<Awaited<ReturnType<typeof build>>['metafile']>;
}

async function runBuild(
  { root, entry, tsconfig }: BundleRequest,
  sources: Map<string, Source>,
  banner: string | undefined,
): Promise<Built> {
  const options: BuildOptions = {
    entryPoints: [ENTRY],
    absWorkingDir: root,
    outfile: join(dirname(entry), 'bundle.mjs'),
    bundle: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    charset: 'utf8',
    minifyWhitespace: true,
    legalComments: 'none',
    sourcemap: 'external',
    logLevel: 'silent',
    plugins: [nameEntry(entry), hashSources(sources), keepPackagesOutside(root)],
    ...(banner === undefined ? {} : { banner: { js: banner } }),
    // With this option, esbuild looks for no other file, so nothing above the root matters.
    ...(tsconfig === undefined ? { tsconfigRaw: '{}' } : { tsconfig }),
  };
  const { outputFiles, metafile } = await build(options);
  const code = outputFiles?.find(({ path }) => path.endsWith('.mjs'));
  const map = outputFiles?.find(({ path }) => path.endsWith('.map'));
  if (code === undefined || map === undefined || metafile === undefined) {
    throw new Error('esbuild wrote no bundle');
  }
  return { text: code.text, map: withSources(map, root, dirname(entry)), meta: metafile };
}

/** esbuild writes a `\\` in the path of the project as `/`, so that the sources seem to lie elsewhere. */
function withSources(map: OutputFile, root: string, folder: string): Uint8Array {
  if (!root.includes('\\')) return map.contents;
  const elsewhere = `${relative(folder, root.replaceAll('\\', '/'))}/`;
  const parsed = JSON.parse(map.text) as { readonly sources: readonly string[] };
  const sources = parsed.sources.map((source) =>
    source.startsWith(elsewhere)
      ? relative(folder, join(root, source.slice(elsewhere.length)))
      : source,
  );
  return new TextEncoder().encode(JSON.stringify({ ...parsed, sources }));
}

/** esbuild would take a `*` in the path of the entry for a pattern. */
function nameEntry(path: string): Plugin {
  return {
    name: 'name-entry',
    setup({ onResolve }) {
      onResolve({ filter: /./ }, ({ kind }) => (kind === 'entry-point' ? { path } : undefined));
    },
  };
}

/**
 * Reads each source itself, so the digest is of the compiled bytes even if the file changes
 * meanwhile.
 */
function hashSources(sources: Map<string, Source>): Plugin {
  return {
    name: 'hash-sources',
    setup({ onLoad }) {
      onLoad(
        { filter: /.*/, namespace: 'file' },
        async ({ path }): Promise<OnLoadResult | null> => {
          const loader = LOADERS[/\.[^./]+$/.exec(path)?.[0] ?? ''];
          // esbuild reports the missing loader and the place of the import.
          if (loader === undefined) return null;
          const contents = await readFile(path);
          sources.set(path, { digest: digestBytes(contents), bytes: contents });
          return { contents, loader };
        },
      );
    },
  };
}

/**
 * Packages below <root>/node_modules are imported at run time and counted by name, version and integrity.
 * All else goes into the bundle: linked packages, whose files change without a version; what `paths` or
 * `imports` resolve to; and the stage kit, so that a stage's key does not hold all that flow depends on.
 */
function keepPackagesOutside(root: string): Plugin {
  return {
    name: 'keep-packages-outside',
    async setup(api) {
      const asked = Symbol('asked');
      const folder = join(root, 'node_modules');
      // The folder may be a link to one that several checkouts share; esbuild names files by their real paths.
      const installedHere = await realpath(folder).catch(() => folder);
      api.onResolve({ filter: /^[^./#]/ }, async (args) => {
        if (args.kind === 'entry-point' || args.pluginData === asked) return undefined;
        if (isBuiltin(args.path)) return { path: args.path, external: true };
        const { importer, namespace, resolveDir, kind } = args;
        const found = await api.resolve(args.path, {
          importer,
          namespace,
          resolveDir,
          kind,
          pluginData: asked,
        });
        if (args.path === STAGE_KIT) {
          return found.errors.length === 0 ? { path: found.path } : { path: ownStageKit() };
        }
        if (found.errors.length > 0) return { path: args.path, external: true };
        const installed = isInside(installedHere, found.path);
        if (found.external || (installed && !NOT_FOR_NODE.test(found.path))) {
          return { path: args.path, external: true };
        }
        return { path: found.path, sideEffects: found.sideEffects };
      });
    },
  };
}

/** If the project has not installed the package, use the stage kit of the running flow. */
function ownStageKit(): string {
  return createRequire(import.meta.url).resolve(STAGE_KIT);
}

function collect(
  { root, entry }: BundleRequest,
  sources: ReadonlyMap<string, Source>,
  { text, map, meta }: Built,
): Bundled {
  const inputs = Object.entries(meta.inputs).map(([path, input]) => ({
    file: resolve(root, path),
    imports: input.imports,
  }));
  const imports = inputs.flatMap(({ file, imports: all }) => all.map((one) => ({ ...one, file })));
  const patterns = imports.filter(({ path, external }) => external === true && isPattern(path));

  const loads = findLoads(text, new TextDecoder().decode(map));
  const packages: PackageImport[] = [];
  for (const { path, kind, external } of Object.values(meta.outputs).flatMap(
    (out) => out.imports,
  )) {
    const name = packageName(path);
    if (external !== true || name === undefined || isPattern(path)) continue;
    const importer = imports.find((one) => one.path === path)?.file ?? entry;
    const lazy = kind !== 'import-statement';
    packages.push({ name, lazy, place: relative(root, importer) });
  }
  const escapes: Escape[] = [];
  for (const { what, target, source, line, column } of loads) {
    const file = resolve(dirname(entry), source);
    const name = what === 'require' && target !== undefined ? packageName(target) : undefined;
    if (what === 'require' && target !== undefined && isBuiltin(target)) continue;
    if (name === undefined) {
      escapes.push({ what, ...(target === undefined ? {} : { target }), file, line, column });
    } else {
      packages.push({ name, lazy: true, place: `${relative(root, file)}:${line}` });
    }
  }

  return {
    code: new TextEncoder().encode(`${text.trimEnd()}\n//# sourceMappingURL=${MAP_NAME}\n`),
    map,
    sources,
    specifiers: imports
      .filter(({ path }) => !isPattern(path))
      .map(({ original, path, file }) => ({ text: original ?? path, importer: file })),
    patternFolders: patterns.map(({ path, file }) =>
      resolve(dirname(file), path.slice(0, path.indexOf('*')).replace(/[^/]*$/, '')),
    ),
    packages,
    escapes,
  };
}

function isPattern(path: string): boolean {
  return /^\.{1,2}\/.*\*/.test(path);
}

/** Undefined for a module of Node, a path or a URL. */
export function packageName(specifier: string): string | undefined {
  if (isBuiltin(specifier)) return undefined;
  return /^(@[^/]+\/[^/]+|[^./@#:][^/:]*)(\/|$)/.exec(specifier)?.[1];
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors);
}

function describeFailure(errors: readonly Message[], entry: string): Failure {
  const lines = errors.slice(0, 5).map(({ location, text }) => {
    return location === null
      ? text
      : `${location.file}:${location.line}:${location.column + 1}: ${text}`;
  });
  return { reason: 'code', message: `cannot bundle ${entry}: ${lines.join('; ')}` };
}
