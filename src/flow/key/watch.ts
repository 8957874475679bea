import { readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Digest } from '../core/ids.ts';
import { canonicalJson } from './canonical.ts';
import { digestBytes } from './digest.ts';
import { CLOCK_LAG_MS, timesTell, UNTRUSTED_MS, wasSetBack } from './file-times.ts';
import type { Moment } from './file-times.ts';
import { isInside } from './paths.ts';

// Whether what a memo was made from is still there, by one stat each; content is read again only where the
// stat differs, and a stat that differs over equal content costs that reading and nothing more.

/**
 * `file`: its bytes, or its absence. `sources`: the names in a folder that an import could resolve to (a new
 * k2.ts shadows k2/index.ts). `tree`: all names in a folder (imports by pattern). `modules`: the names in a
 * folder that one of the watch's own `names` could be as a Python module.
 */
export type WatchKind = 'file' | 'sources' | 'tree' | 'modules';

/** JSON, kept in a memo. */
export interface Watch {
  readonly kind: WatchKind;
  /** Of `modules`; `*`: any. */
  readonly names?: readonly string[];
  /** Relative to the project root where it lies below it, absolute otherwise. */
  readonly path: string;
  /** Size, mtime, ctime (nanoseconds), device and inode; empty: too fresh to be trusted; null: absent. */
  readonly stamp: string | null;
  readonly digest: Digest | null;
}

interface Stat {
  readonly stamp: string;
  /** The later of mtime and ctime, milliseconds since the epoch. */
  readonly changedMs: number;
  /** Its file system's times can be believed. */
  readonly told: boolean;
}

/** One look at each file, shared by all that a command resolves. */
export class Watcher {
  readonly #root: string;
  readonly #clock: () => number;
  readonly #stats = new Map<string, Stat | undefined>();
  readonly #digests = new Map<string, Promise<Digest | null>>();

  constructor(root: string, clock: () => number = Date.now) {
    this.#root = root;
    this.#clock = clock;
  }

  /** `digest`: of bytes read earlier, where the caller has them. Paths absolute. */
  async take(kind: Exclude<WatchKind, 'modules'>, path: string, digest?: Digest): Promise<Watch> {
    return {
      kind,
      path: this.#shorten(path),
      stamp: this.#trustedStamp(path),
      digest: digest ?? (await this.#digest({ kind }, path)),
    };
  }

  /** A folder in which Python looks for modules of these names. */
  async takeModules(path: string, names: readonly string[]): Promise<Watch> {
    const subject = { kind: 'modules', names } as const;
    return {
      ...subject,
      path: this.#shorten(path),
      stamp: this.#trustedStamp(path),
      digest: await this.#digest(subject, path),
    };
  }

  /** Did one change since, as far as the file system's clock can tell? */
  changedSince(watches: readonly Watch[], since: Moment): boolean {
    if (wasSetBack(since)) return true;
    return watches.some(({ path }) => {
      const changedMs = this.#stat(this.#lengthen(path))?.changedMs ?? 0;
      return changedMs >= since.wallMs - CLOCK_LAG_MS;
    });
  }

  /** undefined: something changed. Otherwise the watches with fresh stamps. */
  async renew(watches: readonly Watch[]): Promise<readonly Watch[] | undefined> {
    const fresh: Watch[] = [];
    for (const watch of watches) {
      const path = this.#lengthen(watch.path);
      const stamp = this.#stat(path)?.stamp ?? null;
      if (stamp === watch.stamp) {
        fresh.push(watch);
      } else {
        if ((await this.#digest(watch, path)) !== watch.digest) return undefined;
        fresh.push({ ...watch, stamp: this.#trustedStamp(path) });
      }
    }
    return fresh;
  }

  #trustedStamp(path: string): string | null {
    const stat = this.#stat(path);
    if (stat === undefined) return null;
    return stat.told && stat.changedMs <= this.#clock() - UNTRUSTED_MS ? stat.stamp : '';
  }

  #stat(path: string): Stat | undefined {
    if (!this.#stats.has(path)) this.#stats.set(path, readStat(path));
    return this.#stats.get(path);
  }

  #digest(subject: Subject, path: string): Promise<Digest | null> {
    const name = `${subject.kind} ${subject.names?.join() ?? ''} ${path}`;
    const known = this.#digests.get(name);
    if (known !== undefined) return known;
    const digest = readDigest(subject, path);
    this.#digests.set(name, digest);
    return digest;
  }

  #shorten(path: string): string {
    return isInside(this.#root, path) ? relative(this.#root, path) : path;
  }

  #lengthen(path: string): string {
    return path.startsWith('/') ? path : join(this.#root, path);
  }
}

function readStat(path: string): Stat | undefined {
  try {
    const stat = statSync(path, { bigint: true });
    const { size, mtimeNs, ctimeNs, dev, ino } = stat;
    return {
      stamp: `${size}:${mtimeNs}:${ctimeNs}:${dev}:${ino}`,
      changedMs: Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n),
      told: timesTell(path, dev),
    };
  } catch {
    return undefined;
  }
}

type Subject = Pick<Watch, 'kind' | 'names'>;

async function readDigest(
  { kind, names: modules = [] }: Subject,
  path: string,
): Promise<Digest | null> {
  try {
    if (kind === 'file') return digestBytes(await readFile(path));
    const names = readdirSync(path, { withFileTypes: true })
      .filter(({ name }) => {
        if (kind === 'modules') return isModule(name, modules);
        return kind === 'tree' || isImportable(name);
      })
      .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
      .sort();
    return digestBytes(canonicalJson(names));
  } catch {
    return null;
  }
}

function isImportable(name: string): boolean {
  return name === 'node_modules' || /\.([cm]?[jt]s|[jt]sx|json|css|txt|wasm|bin)$/.test(name);
}

/** `a`, `a.py` and `a.cpython-311-x86_64-linux-gnu.so` can be the module `a`. */
function isModule(entry: string, names: readonly string[]): boolean {
  if (names.includes('*')) return true;
  const [stem = ''] = entry.split('.', 1);
  return names.includes(stem);
}
