import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ManifestPackage } from '../manifest.ts';

// The installed packages. npm lists every package that it installed in node_modules/.package-
// lock.json, with version and integrity. flow does not see an edit of an installed file.

/** The optional packages of a package.json. */
interface Wishes {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

interface LockEntry extends Wishes {
  readonly version?: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly link?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

export const INSTALLED_LOCK = join('node_modules', '.package-lock.json');

/** `folder`, relative to the root: npm copied it from a folder of this machine, so that its files count. */
export interface InstalledPackage extends ManifestPackage {
  readonly folder?: string;
}

export class InstalledPackages {
  readonly #entries: Readonly<Record<string, LockEntry>>;
  /** optionalDependencies and optional peers of the project and of its workspaces. */
  readonly optional: ReadonlySet<string>;

  constructor(entries: Readonly<Record<string, LockEntry>>, optional: ReadonlySet<string>) {
    this.#entries = entries;
    this.optional = optional;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#entries, `node_modules/${name}`);
  }

  /**
   * The packages and all that they lead to, sorted by name, then version. What is not installed (an
   * optional dependency, a peer) is not listed: once installed it is, and the key changes.
   */
  closure(names: Iterable<string>, leaveOut: ReadonlySet<string>): readonly InstalledPackage[] {
    return this.#list(this.#reach(names, leaveOut));
  }

  /** Those of the closure that code of the project can load by their names, sorted. */
  direct(names: Iterable<string>): readonly string[] {
    const found = [...this.#reach(names, new Set())];
    return found.flatMap(([path, name]) => (path === `node_modules/${name}` ? [name] : [])).sort();
  }

  /** Path -> name of the packages and of all that they lead to. */
  #reach(names: Iterable<string>, leaveOut: ReadonlySet<string>): ReadonlyMap<string, string> {
    const seen = new Map<string, string>();
    const queue: { readonly name: string; readonly from: string }[] = [];
    for (const name of names) queue.push({ name, from: '' });
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      if (leaveOut.has(next.name)) continue;
      const path = this.#locate(next.name, next.from);
      if (path === undefined || seen.has(path)) continue;
      seen.set(path, next.name);
      const { dependencies, optionalDependencies, peerDependencies } = this.#entries[path] ?? {};
      for (const name of Object.keys({
        ...dependencies,
        ...optionalDependencies,
        ...peerDependencies,
      })) {
        queue.push({ name, from: path });
      }
    }
    return seen;
  }

  /** Where such packages lie, relative to the root. */
  folders(packages: readonly ManifestPackage[]): readonly string[] {
    const wanted = new Set(packages.map(({ name, version }) => `${name}\n${version}`));
    return Object.entries(this.#entries)
      .filter(([path, { version = '' }]) => wanted.has(`${nameOf(path)}\n${version}`))
      .map(([path]) => path);
  }

  /** Searches as Node does: in the package's own node_modules, then upwards. */
  #locate(name: string, from: string): string | undefined {
    for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
      if (!folder.endsWith('node_modules')) {
        const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
        const entry = this.#entries[path];
        // A linked package is listed a second time, where it lies.
        if (entry?.link === true && entry.resolved !== undefined) return entry.resolved;
        if (entry !== undefined) return path;
      }
      if (folder === '') return undefined;
    }
  }

  #list(names: ReadonlyMap<string, string>): readonly InstalledPackage[] {
    const byText = new Map<string, InstalledPackage>();
    for (const [path, name] of names) {
      const { version = '', integrity, resolved } = this.#entries[path] ?? {};
      const files = integrity === undefined ? originOf(path, resolved) : { integrity };
      byText.set(`${name}\n${version}\n${Object.values(files).join()}`, {
        name,
        version,
        ...files,
      });
    }
    return [...byText.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, found]) => found);
  }
}

/** Distinguishes two states of a package without an integrity. */
function originOf(
  folder: string,
  resolved: string | undefined,
): Pick<InstalledPackage, 'resolved' | 'folder'> {
  if (resolved === undefined) return {};
  if (resolved.startsWith('file:')) return { folder };
  return { resolved: resolved.replace(/^([\w+.-]+:\/\/)[^/@]*@/, '$1') };
}

/** `node_modules/a/node_modules/@b/c` is `@b/c`. */
function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

/** npm has installed nothing: an empty list. */
export function readInstalledPackages(root: string): InstalledPackages {
  const lock = readJson(join(root, INSTALLED_LOCK));
  const entries = (lock['packages'] ?? {}) as Readonly<Record<string, LockEntry>>;
  const project: Wishes & { readonly workspaces?: unknown } = readJson(join(root, 'package.json'));
  const workspaces = project.workspaces === undefined ? [] : linkedInside(entries);
  return new InstalledPackages(entries, new Set([project, ...workspaces].flatMap(optionalOf)));
}

/** npm links a workspace into node_modules and lists the folder that it lies in, below the root. */
function linkedInside(entries: Readonly<Record<string, LockEntry>>): readonly LockEntry[] {
  return Object.values(entries).flatMap(({ link, resolved = '' }) => {
    const linked = link === true && !resolved.startsWith('../') ? entries[resolved] : undefined;
    return linked === undefined ? [] : [linked];
  });
}

function optionalOf({ optionalDependencies, peerDependenciesMeta }: Wishes): readonly string[] {
  const peers = Object.entries(peerDependenciesMeta ?? {});
  return [
    ...Object.keys(optionalDependencies ?? {}),
    ...peers.filter(([, { optional }]) => optional === true).map(([name]) => name),
  ];
}

/** Empty if it is missing or not an object. */
export function readJson(path: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}
