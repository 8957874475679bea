import { lstatSync, readdirSync, realpathSync, statSync } from 'node:fs';
import type { Dirent } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Digest } from '../../core/ids.ts';
import { unreachable } from '../../core/result.ts';
import { canonicalJson } from '../canonical.ts';
import { digestBytes } from '../digest.ts';
import { CLOCK_LAG_MS, timesTell, UNTRUSTED_MS, wasSetBack } from './file-times.ts';
import type { Moment } from './file-times.ts';
import { Mounts } from './mounts.ts';
import { foldersUp, isInside } from '../paths.ts';

// Checks with one stat per file whether the files of a memo are unchanged. It reads content only if
// the stat differs. If the content is then equal, the only cost is the reading.

/**
 * `file`: its bytes, or its absence. `sources`: the names in a folder that an import could resolve to (a new
 * k2.ts shadows k2/index.ts). `tree`: all names in a folder (imports by pattern). `modules`: the names in a
 * folder that one of the watch's own `names` could be as a Python module. For `sources` and `tree` it also
 * counts where the folder really lies, and where the links in it lead: imports are followed from real paths.
 */
export type WatchKind = 'file' | 'sources' | 'tree' | 'modules';

/** JSON, kept in a memo. */
export interface Watch {
  readonly kind: WatchKind;
  /** Of `modules`; `*`: any. */
  readonly names?: readonly string[];
  /** Relative to the project root where it lies below it, absolute otherwise. */
  readonly path: string;
  /**
   * Size, mtime, ctime (nanoseconds), device and inode, and on another mount than the cache what is mounted;
   * null: absent; empty: they prove nothing, since they are too fresh, or since links in the folder can lead
   * elsewhere without a change of it.
   */
  readonly stamp: string | null;
  readonly digest: Digest | null;
}

interface Stat {
  readonly stamp: string;
  /** The later of mtime and ctime, milliseconds since the epoch. */
  readonly changedMs: number;
  /** Whether the times of its file system are reliable. */
  readonly told: boolean;
}

/** Looks at each file once, for everything that a command resolves. */
export class Watcher {
  readonly #root: string;
  readonly #clock: () => number;
  readonly #home: string;
  readonly #mounts: Mounts;
  readonly #stats = new Map<string, Stat | undefined>();
  readonly #contents = new Map<string, Promise<Content>>();

  /** `home`: a folder on the mount of the cache. */
  constructor(root: string, clock: () => number = Date.now, home = root) {
    this.#root = root;
    this.#clock = clock;
    this.#home = home;
    this.#mounts = new Mounts(home);
  }

  /** One that has looked at nothing. */
  anew(): Watcher {
    return new Watcher(this.#root, this.#clock, this.#home);
  }

  /** `digest`: the digest of bytes that the caller read earlier, if it has it. Absolute paths. */
  async take(kind: Exclude<WatchKind, 'modules'>, path: string, digest?: Digest): Promise<Watch> {
    const content =
      digest === undefined ? await this.#read({ kind }, path) : { digest, hasLinks: false };
    return {
      kind,
      path: this.#shorten(path),
      stamp: this.#trustedStamp(path, content),
      digest: content.digest,
    };
  }

  /** A folder in which Python searches modules of these names. */
  async takeModules(path: string, names: readonly string[]): Promise<Watch> {
    const subject = { kind: 'modules', names } as const;
    const content = await this.#read(subject, path);
    return {
      ...subject,
      path: this.#shorten(path),
      stamp: this.#trustedStamp(path, content),
      digest: content.digest,
    };
  }

  /** Whether one changed since, as far as the clock of the file system can show. */
  changedSince(watches: readonly Watch[], since: Moment): boolean {
    if (wasSetBack(since)) return true;
    return watches.some(({ path }) => {
      const full = this.#lengthen(path);
      const changedMs = Math.max(this.#stat(full)?.changedMs ?? 0, ...this.#linksChangedMs(full));
      return changedMs >= since.wallMs - CLOCK_LAG_MS;
    });
  }

  /** Of the links on the way to a path, its last part included. */
  #linksChangedMs(path: string): readonly number[] {
    return foldersUp(path, isInside(this.#root, path) ? this.#root : '/').flatMap((part) => {
      const stat = lstatSync(part, { throwIfNoEntry: false });
      return stat?.isSymbolicLink() === true ? [stat.ctimeMs] : [];
    });
  }

  /** Undefined if something changed. Otherwise the watches with new stamps. */
  async renew(watches: readonly Watch[]): Promise<readonly Watch[] | undefined> {
    const fresh: Watch[] = [];
    for (const watch of watches) {
      const path = this.#lengthen(watch.path);
      const stamp = this.#stat(path)?.stamp ?? null;
      if (stamp === watch.stamp) {
        fresh.push(watch);
      } else {
        const content = await this.#read(watch, path);
        if (content.digest !== watch.digest) return undefined;
        const trusted = this.#trustedStamp(path, content);
        fresh.push(trusted === watch.stamp ? watch : { ...watch, stamp: trusted });
      }
    }
    return fresh;
  }

  #trustedStamp(path: string, { hasLinks }: Content): string | null {
    const stat = this.#stat(path);
    if (stat === undefined) return null;
    return stat.told && !hasLinks && stat.changedMs <= this.#clock() - UNTRUSTED_MS
      ? stat.stamp
      : '';
  }

  #stat(path: string): Stat | undefined {
    if (!this.#stats.has(path)) this.#stats.set(path, readStat(path, this.#mounts));
    return this.#stats.get(path);
  }

  #read(subject: Subject, path: string): Promise<Content> {
    const name = `${subject.kind} ${subject.names?.join() ?? ''} ${path}`;
    const known = this.#contents.get(name);
    if (known !== undefined) return known;
    const content = this.#readAnew(subject, path);
    this.#contents.set(name, content);
    return content;
  }

  async #readAnew({ kind, names = [] }: Subject, path: string): Promise<Content> {
    try {
      switch (kind) {
        case 'file':
          return { digest: digestBytes(await readFile(path)), hasLinks: false };
        case 'modules':
          return listing(listEntries(path, (name) => isModule(name, names)).map(plainName));
        case 'sources':
        case 'tree': {
          const entries = listEntries(path, (name) => kind === 'tree' || isImportable(name));
          const described = entries.map((entry) =>
            entry.isSymbolicLink()
              ? `${entry.name} -> ${this.#realPlace(join(path, entry.name))}`
              : plainName(entry),
          );
          const hasLinks = entries.some((entry) => entry.isSymbolicLink());
          return { ...listing([this.#realPlace(path), ...described]), hasLinks };
        }
        default:
          return unreachable(kind);
      }
    } catch {
      return { digest: null, hasLinks: false };
    }
  }

  /** Empty if the link is broken. */
  #realPlace(path: string): string {
    try {
      return this.#shorten(realpathSync.native(path));
    } catch {
      return '';
    }
  }

  #shorten(path: string): string {
    return isInside(this.#root, path) ? relative(this.#root, path) : path;
  }

  #lengthen(path: string): string {
    return path.startsWith('/') ? path : join(this.#root, path);
  }
}

function readStat(path: string, mounts: Mounts): Stat | undefined {
  try {
    const stat = statSync(path, { bigint: true });
    const { size, mtimeNs, ctimeNs, dev, ino } = stat;
    const mounted = mounts.identity(path, dev);
    return {
      stamp: `${size}:${mtimeNs}:${ctimeNs}:${dev}:${ino}${mounted ? ` ${mounted}` : ''}`,
      changedMs: Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n),
      told: mounted !== undefined && timesTell(path, dev),
    };
  } catch {
    return undefined;
  }
}

type Subject = Pick<Watch, 'kind' | 'names'>;

interface Content {
  readonly digest: Digest | null;
  /** Links that count are in it: what they lead to can change without it. */
  readonly hasLinks: boolean;
}

/** Sorted. */
function listEntries(path: string, counts: (name: string) => boolean): readonly Dirent[] {
  return readdirSync(path, { withFileTypes: true })
    .filter(({ name }) => counts(name))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const plainName = (entry: Dirent): string => (entry.isDirectory() ? `${entry.name}/` : entry.name);

const listing = (names: readonly string[]): Content => ({
  digest: digestBytes(canonicalJson(names)),
  hasLinks: false,
});

function isImportable(name: string): boolean {
  return name === 'node_modules' || /\.([cm]?[jt]s|[jt]sx|json|css|txt|wasm|bin)$/.test(name);
}

/** `a`, `a.py` and `a.cpython-311-x86_64-linux-gnu.so` can be the module `a`. */
function isModule(entry: string, names: readonly string[]): boolean {
  if (names.includes('*')) return true;
  const [stem = ''] = entry.split('.', 1);
  return names.includes(stem);
}
