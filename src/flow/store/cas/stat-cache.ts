import { readFileSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../core/ids.ts';
import { isDigest } from '../../key/digest.ts';
import { CLOCK_LAG_MS, timesTell, UNTRUSTED_MS } from '../../key/files/file-times.ts';
import { Mounts } from '../../key/files/mounts.ts';
import { seal, unseal } from '../disk/sealed.ts';
import type { Workspace } from '../process/workspace.ts';

/** The maximum number of entries from earlier processes; above it, only used entries are kept. */
const MAX_ENTRIES = 200_000;

interface Saved {
  readonly version: 1;
  readonly files: Readonly<Record<string, readonly [stamp: string, digest: string]>>;
}

/** The part of a stat that changes when the bytes may have changed. Nanoseconds, as a string. */
export const stampOf = (stat: BigIntStats): string =>
  `${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}:${stat.dev}:${stat.ino}`;

/**
 * Remembers the digests of files outside the cache, so that flow reads unchanged files only once.
 */
export class StatCache {
  readonly #path: string;
  readonly #workspace: Workspace;
  readonly #clock: () => number;
  readonly #mounts: Mounts;
  readonly #used = new Map<string, readonly [stamp: string, digest: Digest]>();
  #loaded: Saved['files'] | undefined;
  #changed = false;

  /** `clock`: milliseconds since the epoch. */
  constructor(cacheRoot: string, workspace: Workspace, clock: () => number = Date.now) {
    this.#path = join(cacheRoot, 'memo', 'stat-cache.json');
    this.#workspace = workspace;
    this.#clock = clock;
    this.#mounts = new Mounts(cacheRoot);
  }

  lookup(path: string, stat: BigIntStats): Digest | undefined {
    this.#loaded ??= load(this.#path);
    const entry = this.#used.get(path) ?? this.#loaded[path];
    if (!Array.isArray(entry) || entry[0] !== this.#stamp(path, stat) || !isDigest(entry[1]))
      return undefined;
    this.#used.set(path, [entry[0], entry[1]]);
    return entry[1];
  }

  /** `stat`: taken before the bytes were read; `readAt`: then, milliseconds since the epoch. */
  remember(path: string, stat: BigIntStats, readAt: number, digest: Digest): void {
    const newest = Number((stat.mtimeNs > stat.ctimeNs ? stat.mtimeNs : stat.ctimeNs) / 1_000_000n);
    if (readAt - newest >= UNTRUSTED_MS) this.#keep(path, stat, digest);
  }

  /**
   * The same of a file that only this process can have changed until a tick of the clock after its times were
   * set: `stat` is of then, and whatever comes later has another ctime, where times are finer than a second.
   */
  rememberOwn(path: string, stat: BigIntStats, digest: Digest): void {
    const isFine = stat.ctimeNs % 1_000_000_000n !== 0n;
    const sinceMs = this.#clock() - Number(stat.ctimeNs / 1_000_000n);
    if (isFine && sinceMs >= CLOCK_LAG_MS) this.#keep(path, stat, digest);
  }

  #keep(path: string, stat: BigIntStats, digest: Digest): void {
    const stamp = timesTell(path, stat.dev) ? this.#stamp(path, stat) : undefined;
    if (stamp === undefined) return;
    this.#used.set(path, [stamp, digest]);
    this.#changed = true;
  }

  /** On another mount than the cache, it also says what is mounted. */
  #stamp(path: string, stat: BigIntStats): string | undefined {
    const mounted = this.#mounts.identity(path, stat.dev);
    return mounted === undefined ? undefined : `${stampOf(stat)}${mounted && ` ${mounted}`}`;
  }

  now(): number {
    return this.#clock();
  }

  /** Reads the file again before writing, to keep what a parallel run has saved. */
  save(): void {
    if (!this.#changed) return;
    this.#changed = false;
    const others = load(this.#path);
    const keep = Object.keys(others).length <= MAX_ENTRIES ? others : {};
    const saved: Saved = { version: 1, files: { ...keep, ...Object.fromEntries(this.#used) } };
    this.#workspace.replace(this.#path, seal(saved), false, 'stat-cache');
  }
}

function load(path: string): Saved['files'] {
  try {
    const saved = unseal(readFileSync(path, 'utf8')) as Partial<Saved> | undefined;
    const files = saved?.version === 1 ? saved.files : undefined;
    return typeof files === 'object' && files !== null ? files : {};
  } catch {
    return {};
  }
}
