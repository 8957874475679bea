import { realpathSync } from 'node:fs';
import { posix } from 'node:path';
import type { Failure } from '../../core/events.ts';
import { err, ok } from '../../core/result.ts';
import type { Result } from '../../core/result.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { Bundler } from './bundler.ts';
import { codeBundle } from './code-bundle.ts';
import type { CodeBundle } from './code-bundle.ts';
import type { Code } from './code.ts';
import { findUncovered } from './escape-check.ts';
import { remember } from '../files/memo.ts';
import type { Blobs, Memo } from '../files/memo.ts';
import { NamedCode } from './named-code.ts';
import { withContents } from './package-contents.ts';
import { readInstalledPackages } from './packages.ts';
import type { InstalledPackages } from './packages.ts';
import { pythonCode, pythonRequest } from '../python/python-code.ts';
import { pythonProcess } from '../python/python-process.ts';
import type { PyRequest } from '../python/py-closure.ts';
import type { Python } from '../python/python.ts';
import { readsProbe } from '../reads-probe.ts';
import { lazyEsbuild, resolveTsBundle } from './ts-bundle.ts';
import type { TsBundle } from './ts-bundle.ts';
import { Watcher } from '../files/watch.ts';

export interface CodeResolverOptions {
  readonly root: string;
  readonly memo: Memo;
  readonly blobs: Blobs;
  /** An existing folder that `code:` patterns do not search. */
  readonly cacheRoot?: string;
  readonly bundler?: Bundler;
  readonly python?: Python;
  /** The environment that chooses the interpreter of py stages. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Finds the code of instances. Reads each file once, so that all instances of a run see one state.
 * A command that must see later edits makes a new resolver.
 */
export class CodeResolver {
  readonly #options: Required<Omit<CodeResolverOptions, 'cacheRoot'>> & {
    readonly watcher: Watcher;
  };
  readonly #named: NamedCode;
  #packages: InstalledPackages | undefined;
  readonly #bundles = new Map<string, Promise<Result<TsBundle, Failure>>>();
  readonly #codes = new Map<string, Promise<Result<Code, Failure>>>();
  /** Those of them that were found. */
  readonly #found = new Map<string, Code>();

  constructor({ cacheRoot, ...given }: CodeResolverOptions) {
    // The bundler names files by their real paths.
    const root = realpathSync(given.root);
    const own = { bundler: lazyEsbuild, python: pythonProcess, env: process.env };
    const watcher = new Watcher(root, Date.now, cacheRoot);
    this.#options = { ...own, ...given, root, watcher };
    const skip = new Set(cacheRoot === undefined ? [] : [realpathSync(cacheRoot)]);
    this.#named = new NamedCode(this.#options, skip);
  }

  async code(instance: Instance): Promise<Result<Code, Failure>> {
    const wanted = this.#wanted(instance);
    if (!wanted.ok) return wanted;
    const { name, find } = wanted.value;
    return remember(this.#codes, name, async () => {
      const code = await find();
      if (code.ok) this.#found.set(name, code.value);
      return code;
    });
  }

  /** The same without waiting, if another instance had this code before. */
  known(instance: Instance): Code | undefined {
    const wanted = this.#wanted(instance);
    return wanted.ok ? this.#found.get(wanted.value.name) : undefined;
  }

  #wanted(instance: Instance): Result<Wanted, Failure> {
    const { command } = instance;
    const named = this.#named.find(instance);
    if (!named.ok) return named;
    const { paths, places, packages } = named.value;
    if (command.kind === 'py') {
      const request = pythonRequest(instance, command.entry, paths, this.#options.env);
      if (!request.ok) return request;
      const find = (): Promise<Result<Code, Failure>> => this.#pythonCode(request.value, paths);
      return ok({ name: JSON.stringify(request.value), find });
    }
    const factual = readsProbe(instance);
    if (command.kind === 'ts') {
      const entry = posix.normalize(command.entry);
      const declared = instance.code.length > 0;
      const name = JSON.stringify([entry, declared, paths, factual]);
      return ok({ name, find: () => this.#bundleCode(entry, paths, declared, factual) });
    }
    // Most commands do not name a file of the project.
    const none = paths.length === 0 && packages.length === 0;
    const name = none ? '' : JSON.stringify([paths, places, packages, factual]);
    const find = async (): Promise<Result<Code, Failure>> => {
      const code = await this.#commandCode(paths, packages, factual);
      return code.ok && Object.keys(places).length > 0 ? ok({ ...code.value, places }) : code;
    };
    return ok({ name, find });
  }

  /** The bundle of a program of the project. Its code is in no key, so it can load anything. */
  async program(entry: string): Promise<Result<CodeBundle, Failure>> {
    const found = await resolveTsBundle(this.#options, entry);
    return found.ok ? ok(codeBundle(this.#options, entry, found.value)) : found;
  }

  async #pythonCode(request: PyRequest, paths: readonly string[]): Promise<Result<Code, Failure>> {
    const found = await pythonCode(this.#options, request);
    if (!found.ok) return found;
    const parts = await this.#named.describe(paths);
    if (!parts.ok) return parts;
    const closure = { ...found.value.closure, ...parts.value.closure };
    return ok({ ...parts.value, ...found.value, closure });
  }

  async #commandCode(
    paths: readonly string[],
    packageNames: readonly string[],
    factual: boolean,
  ): Promise<Result<Code, Failure>> {
    const parts = await this.#named.describe(paths);
    if (!parts.ok || packageNames.length === 0) return parts;
    this.#packages ??= readInstalledPackages(this.#options.root);
    const leaveOut = factual ? this.#packages.optional : new Set<string>();
    const closure = this.#packages.closure(packageNames, leaveOut);
    const packages = await withContents(this.#options, closure);
    return packages.ok ? ok({ ...parts.value, packages: packages.value }) : packages;
  }

  async #bundleCode(
    entry: string,
    paths: readonly string[],
    declared: boolean,
    factual: boolean,
  ): Promise<Result<Code, Failure>> {
    const found = await remember(this.#bundles, entry, () => resolveTsBundle(this.#options, entry));
    if (!found.ok) return found;
    const bundle = found.value;
    const uncovered = findUncovered(bundle.escapes, entry, { declared, files: new Set(paths) });
    if (uncovered !== undefined) return err(uncovered);
    const parts = await this.#named.describe(paths);
    if (!parts.ok) return parts;
    const packages = await withContents(
      this.#options,
      factual ? bundle.packagesWithoutOptional : bundle.packages,
    );
    if (!packages.ok) return packages;
    return ok({
      ...parts.value,
      bundle: codeBundle(this.#options, entry, bundle),
      packages: packages.value,
      closure: { ...bundle.closure, ...parts.value.closure },
    });
  }
}

/** Code by a name that is the same for all instances that have it. */
interface Wanted {
  readonly name: string;
  readonly find: () => Promise<Result<Code, Failure>>;
}
