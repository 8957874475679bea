import { realpathSync } from 'node:fs';
import { posix } from 'node:path';
import type { Failure } from '../core/events.ts';
import type { Digest } from '../core/ids.ts';
import { err, ok } from '../core/result.ts';
import type { Result } from '../core/result.ts';
import type { Instance } from '../pipeline/dag.ts';
import type { Bundler } from './bundler.ts';
import { digestCodeFiles, digestListing } from './code-files.ts';
import type { CodeFile } from './code-files.ts';
import { CodeWords } from './code-words.ts';
import { findUncovered } from './escape-check.ts';
import { findFiles } from './glob.ts';
import type { ManifestPackage } from './manifest.ts';
import type { Blobs, Memo } from './memo.ts';
import { readInstalledPackages } from './packages.ts';
import type { InstalledPackages } from './packages.ts';
import { digestModules, resolvePyClosure } from './py-closure.ts';
import type { PyRequest } from './py-closure.ts';
import { pythonVariables } from './python-interpreter.ts';
import { pythonProcess } from './python-process.ts';
import type { Python, PythonModule } from './python.ts';
import { lazyEsbuild, readBundle, resolveTsBundle } from './ts-bundle.ts';
import type { TsBundle } from './ts-bundle.ts';
import { Watcher } from './watch.ts';

/** All code that determines what an instance's command does. */
export interface Code {
  readonly bundle?: CodeBundle;
  readonly python?: PythonCode;
  /** What lies under code/ at its project path: words of the command that name files, and `code:`. */
  readonly files: readonly CodeFile[];
  /** Of the files' listing; absent where there are none. */
  readonly digest?: Digest;
  /** Installed packages that the code leads to, sorted by name. */
  readonly packages?: readonly ManifestPackage[];
  /** Project-relative path -> digest of each file that the bundle or the listing holds: for provenance. */
  readonly closure: Readonly<Record<string, Digest>>;
}

export interface CodeBundle {
  readonly digest: Digest;
  /** Below code/. */
  readonly file: string;
  /** Below code/; the bundle's last line names it. Never hashed. */
  readonly mapFile: string;
  /** Always the bytes of `digest`; made again where the store has lost them. */
  bytes(): Promise<Result<Uint8Array, Failure>>;
  /** undefined: lost; the bundle runs without it. */
  map(): Promise<Uint8Array | undefined>;
}

/** A py stage's own code: laid out below code/ and run from there. */
export interface PythonCode {
  /** Absolute path of the interpreter. */
  readonly executable: string;
  /** `cpython-3.11.7` */
  readonly version: string;
  /** Below code/, for PYTHONPATH. */
  readonly path: readonly string[];
  readonly modules: readonly PythonModule[];
  /** Of the modules' listing. */
  readonly digest: Digest;
}

export interface CodeResolverOptions {
  readonly root: string;
  readonly memo: Memo;
  readonly blobs: Blobs;
  /** An existing folder that `code:` patterns do not search. */
  readonly cacheRoot?: string;
  readonly bundler?: Bundler;
  readonly python?: Python;
  /** Where the interpreter of py stages is looked for. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Finds the code of instances. Looks at each file once, so that all instances of a run see one state: a
 * command that is to see later edits makes a new one.
 */
export class CodeResolver {
  readonly #root: string;
  readonly #options: Required<
    Pick<CodeResolverOptions, 'memo' | 'blobs' | 'bundler' | 'python' | 'env'>
  >;
  readonly #skip: ReadonlySet<string>;
  readonly #watcher: Watcher;
  readonly #words: CodeWords;
  #packages: InstalledPackages | undefined;
  readonly #bundles = new Map<string, Promise<Result<TsBundle, Failure>>>();
  readonly #globs = new Map<string, Result<readonly string[], Failure>>();
  readonly #files = new Map<string, Promise<Result<readonly CodeFile[], Failure>>>();
  readonly #codes = new Map<string, Promise<Result<Code, Failure>>>();

  constructor(options: CodeResolverOptions) {
    // The bundler names files by their real paths.
    this.#root = realpathSync(options.root);
    this.#options = {
      memo: options.memo,
      blobs: options.blobs,
      bundler: options.bundler ?? lazyEsbuild,
      python: options.python ?? pythonProcess,
      env: options.env ?? process.env,
    };
    this.#skip = new Set(options.cacheRoot === undefined ? [] : [realpathSync(options.cacheRoot)]);
    this.#watcher = new Watcher(this.#root);
    this.#words = new CodeWords(this.#root);
  }

  code(instance: Instance): Promise<Result<Code, Failure>> {
    const { command } = instance;
    const globs = this.#expand(instance.code);
    if (!globs.ok) return Promise.resolve(globs);
    const words = this.#words.find(command);
    const paths = [...new Set([...words.files, ...globs.value])].sort();
    const entry = command.kind === 'ts' ? posix.normalize(command.entry) : undefined;
    if (command.kind === 'py') return this.#pythonCode(instance, command.entry, paths);
    const factual = readsProbe(instance);
    const name = JSON.stringify([entry, instance.code.length > 0, paths, words.packages, factual]);
    return remember(this.#codes, name, () =>
      entry === undefined
        ? this.#commandCode(paths, words.packages, factual)
        : this.#bundleCode(entry, paths, instance.code.length > 0, factual),
    );
  }

  #pythonCode(
    instance: Instance,
    written: string,
    paths: readonly string[],
  ): Promise<Result<Code, Failure>> {
    if (instance.env.some(({ name }) => name === 'PYTHONPATH')) {
      return Promise.resolve(err(refusePythonPath(written)));
    }
    const request: PyRequest = {
      entry: posix.normalize(written),
      code: paths,
      declared: instance.code.length > 0,
      variables: pythonVariables(instance.env, this.#options.env),
    };
    return remember(this.#codes, JSON.stringify(request), async () => {
      const options = { root: this.#root, watcher: this.#watcher, ...this.#options };
      const found = await resolvePyClosure(options, request);
      if (!found.ok) return found;
      const files = await this.#digest(paths);
      if (!files.ok) return files;
      const { executable, version, path, modules, distributions } = found.value;
      const parts = describeFiles(files.value);
      const closure = Object.fromEntries(modules.map((module) => [module.path, module.bytes]));
      return ok({
        ...parts,
        python: { executable, version, path, modules, digest: digestModules(modules) },
        packages: distributions,
        closure: { ...closure, ...parts.closure },
      });
    });
  }

  async #commandCode(
    paths: readonly string[],
    packageNames: readonly string[],
    factual: boolean,
  ): Promise<Result<Code, Failure>> {
    const files = await this.#digest(paths);
    if (!files.ok) return files;
    const parts = describeFiles(files.value);
    if (packageNames.length === 0) return ok(parts);
    this.#packages ??= readInstalledPackages(this.#root);
    const leaveOut = factual ? this.#packages.optional : new Set<string>();
    return ok({ ...parts, packages: this.#packages.closure(packageNames, leaveOut) });
  }

  /** The bundle of a project's own program, whose code is in no key: it may load what it likes. */
  async program(entry: string): Promise<Result<CodeBundle, Failure>> {
    const options = { root: this.#root, watcher: this.#watcher, ...this.#options };
    const found = await resolveTsBundle(options, entry);
    return found.ok ? ok(this.#bundleOf(entry, found.value)) : found;
  }

  #bundleOf(entry: string, bundle: TsBundle): CodeBundle {
    const options = { root: this.#root, watcher: this.#watcher, ...this.#options };
    return {
      digest: bundle.code.digest,
      file: entry.replace(/\.[cm]?[jt]sx?$/, '') + '.mjs',
      mapFile: posix.join(posix.dirname(entry), 'bundle.map'),
      bytes: () => readBundle(options, entry, bundle.code),
      map: async () => {
        const map = await options.blobs.read(bundle.map);
        return map.ok ? map.value : undefined;
      },
    };
  }

  async #bundleCode(
    entry: string,
    paths: readonly string[],
    declared: boolean,
    factual: boolean,
  ): Promise<Result<Code, Failure>> {
    const options = { root: this.#root, watcher: this.#watcher, ...this.#options };
    const found = await remember(this.#bundles, entry, () => resolveTsBundle(options, entry));
    if (!found.ok) return found;
    const bundle = found.value;
    const uncovered = findUncovered(bundle.escapes, entry, { declared, files: new Set(paths) });
    if (uncovered !== undefined) return err(uncovered);
    const files = await this.#digest(paths);
    if (!files.ok) return files;

    const parts = describeFiles(files.value);
    return ok({
      ...parts,
      bundle: this.#bundleOf(entry, bundle),
      packages: factual ? bundle.packagesWithoutOptional : bundle.packages,
      closure: { ...bundle.closure, ...parts.closure },
    });
  }

  #digest(paths: readonly string[]): Promise<Result<readonly CodeFile[], Failure>> {
    const options = { root: this.#root, memo: this.#options.memo, watcher: this.#watcher };
    return remember(this.#files, JSON.stringify(paths), () => digestCodeFiles(options, paths));
  }

  #expand(patterns: readonly string[]): Result<readonly string[], Failure> {
    const name = JSON.stringify(patterns);
    const known = this.#globs.get(name);
    if (known !== undefined) return known;
    const expanded = this.#expandAnew(patterns);
    this.#globs.set(name, expanded);
    return expanded;
  }

  #expandAnew(patterns: readonly string[]): Result<readonly string[], Failure> {
    const paths: string[] = [];
    for (const pattern of patterns) {
      const found = findFiles(this.#root, pattern, this.#skip);
      if (found.length === 0) {
        return err({
          reason: 'code',
          message: `code: '${pattern}' matches no file of the project`,
          hint: 'patterns are relative to the project root: stages/helpers/**',
        });
      }
      paths.push(...found);
    }
    return ok(paths);
  }
}

function describeFiles(files: readonly CodeFile[]): Pick<Code, 'files' | 'digest' | 'closure'> {
  return {
    files,
    ...(files.length === 0 ? {} : { digest: digestListing(files) }),
    closure: Object.fromEntries(files.map(({ path, digest }) => [path, digest])),
  };
}

/**
 * Such an instance is told what the machine has, and the fact is in its key: that an optional package is
 * installed is then not its concern.
 */
export function readsProbe(instance: Instance): boolean {
  return instance.inputs.some((input) => {
    switch (input.kind) {
      case 'artifact':
        return input.from.instance.startsWith('probe.');
      case 'collect':
        return input.items.some(({ from }) => from.instance.startsWith('probe.'));
      case 'source':
        return false;
    }
  });
}

function refusePythonPath(entry: string): Failure {
  return {
    reason: 'code',
    message: `${entry} runs with a PYTHONPATH of its own, so env: cannot declare it`,
    hint: "modules of the project are found from the script's folder and the project's root; install others into its environment",
  };
}

function remember<T>(
  known: Map<string, Promise<T>>,
  name: string,
  make: () => Promise<T>,
): Promise<T> {
  let value = known.get(name);
  if (value === undefined) {
    value = make();
    known.set(name, value);
  }
  return value;
}
