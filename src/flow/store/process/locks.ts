import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { join } from 'node:path';
import type { ActionKey } from '../../core/ids.ts';
import { digestBytes, hexOf } from '../../key/digest.ts';
import { failpoint } from '../disk/failpoints.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { lifeOf, ownIdentity, parseIdentity } from './process-identity.ts';
import { errorCode } from '../../core/system-error.ts';
import type { Workspace } from './workspace.ts';
import { namesIn, writeWhole } from '../disk/files.ts';

/** Holders touch their locks this often … */
const HEARTBEAT_MS = 30_000;
/**
 * … so one that nobody can ask (another host) and that is this old, or that was seen untouched for so long,
 * is dead. The second bound holds whatever the clock of that host says.
 */
const SILENT_MS = 10 * HEARTBEAT_MS;

/** Of a key, or gc's. What else lies there is not flow's. */
const LOCK = /^([0-9a-f]{64}|gc)$/;

export type Acquired =
  | { readonly kind: 'held'; release(): Promise<void> }
  | { readonly kind: 'busy'; readonly holder: string };

interface Holder extends ProcessIdentity {
  readonly nonce: string;
  readonly label: string;
}

/**
 * `cache/locks/<key>`: one process computes a key while others wait. Locks save work; correctness never
 * rests on them. All locks of a process are links to one file, which says who it is: taking one is one
 * call, and one touch keeps them all.
 */
export class Locks {
  readonly #folder: string;
  readonly #workspace: Workspace;
  readonly #monotonic: () => number;
  readonly #held = new Set<string>();
  /** What all of this process's locks link to. */
  #file: { readonly path: string; readonly inode: bigint } | undefined;
  /** Locks whose holder cannot be asked: their mtime, and since when it has been so. */
  readonly #seen = new Map<string, { readonly mtimeMs: number; readonly since: number }>();
  #heartbeat: NodeJS.Timeout | undefined;

  /** `monotonic`: milliseconds of a clock that nobody sets. */
  constructor(
    cacheRoot: string,
    workspace: Workspace,
    monotonic: () => number = () => performance.now(),
  ) {
    this.#folder = join(cacheRoot, 'locks');
    this.#workspace = workspace;
    this.#monotonic = monotonic;
  }

  /** `label`: what a waiting run calls this process; the first one counts. Not re-entrant. */
  async acquire(key: ActionKey, label = ''): Promise<Acquired> {
    return this.#acquire(join(this.#folder, hexOf(key)), label);
  }

  /** One gc at a time on a cache. */
  async acquireGc(): Promise<Acquired> {
    return this.#acquire(join(this.#folder, 'gc'), 'flow gc');
  }

  /** One run at a time places the exports of a project. `root`: its real path. */
  async acquireExports(root: string): Promise<Acquired> {
    return this.#acquire(join(this.#folder, hexOf(digestBytes(`exports of ${root}`))), 'exports');
  }

  #acquire(path: string, label: string): Acquired {
    for (;;) {
      if (this.#take(path, label))
        return { kind: 'held', release: async () => this.#release(path) };
      const holder = read(path);
      if (holder !== undefined && !this.#isDead(holder, path)) {
        return { kind: 'busy', holder: describe(holder) };
      }
      this.#break(path, holder);
    }
  }

  /** Removes the locks of processes that are gone. */
  sweep(): void {
    for (const name of namesIn(this.#folder)) {
      if (!LOCK.test(name)) continue;
      const path = join(this.#folder, name);
      const holder = read(path);
      if (holder === undefined || this.#isDead(holder, path)) this.#break(path, holder);
    }
  }

  #isDead(holder: Holder, path: string): boolean {
    const life = lifeOf(holder);
    if (life !== 'unknown') return life === 'dead';
    const mtimeMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (mtimeMs === undefined) return false;
    const now = this.#monotonic();
    const seen = this.#seen.get(path);
    if (seen?.mtimeMs !== mtimeMs) this.#seen.set(path, { mtimeMs, since: now });
    else if (now - seen.since > SILENT_MS) return true;
    return Date.now() - mtimeMs > SILENT_MS;
  }

  close(): void {
    for (const path of this.#held) this.#release(path);
  }

  #take(path: string, label: string): boolean {
    this.#file ??= this.#write(label);
    try {
      linkSync(this.#file.path, path);
      failpoint('lock.linked');
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
    this.#held.add(path);
    failpoint('lock.taken');
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
    return true;
  }

  #write(label: string): { readonly path: string; readonly inode: bigint } {
    mkdirSync(this.#folder, { recursive: true });
    const path = this.#workspace.fresh('lock');
    const holder: Holder = { ...ownIdentity(), nonce: path, label };
    writeWhole(path, JSON.stringify(holder), false);
    failpoint('lock.written');
    return { path, inode: statSync(path, { bigint: true }).ino };
  }

  /**
   * Two processes may find the same dead lock at once: the slower one would remove the lock that the faster
   * one has just taken. So it is moved away first, and put back if it is not the dead one.
   */
  #break(path: string, dead: Holder | undefined): void {
    const aside = this.#workspace.fresh('lock');
    try {
      renameSync(path, aside);
      failpoint('lock.moved-aside');
      if (read(aside)?.nonce !== dead?.nonce) linkSync(aside, path);
    } catch (error) {
      if (!['ENOENT', 'EEXIST'].includes(errorCode(error) ?? '')) throw error;
    }
    rmSync(aside, { force: true, recursive: true });
  }

  #release(path: string): void {
    this.#held.delete(path);
    if (this.#held.size === 0) {
      clearInterval(this.#heartbeat);
      this.#heartbeat = undefined;
    }
    failpoint('lock.releasing');
    // Somebody may have taken it for dead, and its place.
    const inode = statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
    if (inode === this.#file?.inode) rmSync(path, { force: true });
  }

  #beat(): void {
    const now = new Date();
    this.#workspace.touch(now);
    try {
      if (this.#file !== undefined) utimesSync(this.#file.path, now, now);
    } catch {
      // Its folder was swept: somebody took this process for dead. Results are published all the same.
    }
  }
}

function read(path: string): Holder | undefined {
  try {
    const value = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder> | null;
    const identity = parseIdentity(value);
    if (identity === undefined || typeof value?.nonce !== 'string') return undefined;
    return { ...identity, nonce: value.nonce, label: String(value.label ?? '') };
  } catch {
    return undefined;
  }
}

function describe(holder: Holder): string {
  const label = holder.label === '' ? '' : ` (${holder.label})`;
  return `pid ${holder.pid} on ${holder.host}${label}`;
}
