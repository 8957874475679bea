import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { ActionKey } from '../../core/ids.ts';
import { errorCode } from '../../core/system-error.ts';
import { digestBytes, hexOf } from '../../key/digest.ts';
import { failpoint } from '../disk/failpoints.ts';
import { namesIn, writeWhole } from '../disk/files.ts';
import type { Holder, Mark } from './claims.ts';
import { ClaimsFile, headOf, lineOf } from './claims.ts';
import { lifeOf, ownIdentity } from './process-identity.ts';
import { PROCESS_NAME } from './workspace.ts';
import type { Workspace } from './workspace.ts';

/** Holders touch their files this often. */
const HEARTBEAT_MS = 30_000;
/**
 * A lock of another machine is dead if it is this old, or if we saw no touch for this long. The
 * second test does not need that machine's clock.
 */
const SILENT_MS = 10 * HEARTBEAT_MS;

/** Processes that want a name at the same moment look again after this time. */
const POLL_MS = 2;
/** A process that has not decided after this time counts as the holder: it may be suspended. */
const PATIENCE_MS = 500;

export type Acquired =
  | { readonly kind: 'held'; release(): Promise<void> }
  | { readonly kind: 'busy'; readonly holder: string };

/**
 * `cache/locks/<process>`: one process computes a key while others wait. Locks save work; correctness never
 * rests on them. Each process appends to a file of its own what it wants, has and lets go, which costs no
 * change of a folder for each key, and reads the files of the others:
 *
 *     who takes a name    says that it wants it, then looks at the others;
 *                         says that it has it if nobody else wants or has it
 *     who meets another   one that has it: lets go, and names it
 *     that wants it too   one whose file comes first in order: lets go, and waits to see who gets it
 *                         one whose file comes later: waits until that one has it or has let go
 *
 * Either of two sees what the other one wants, so they never both have it.
 */
export class Locks {
  readonly #folder: string;
  readonly #workspace: Workspace;
  readonly #monotonic: () => number;
  /** The names that this process wants or has. */
  readonly #mine = new Map<string, '?' | '+'>();
  #own: { readonly path: string; readonly holder: Holder } | undefined;
  /** The files of the others, by name. */
  readonly #others = new Map<string, ClaimsFile>();
  /** Files of processes on other machines: their mtime, and since when they have it. */
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
    return this.#acquire(hexOf(key), label);
  }

  /** Only one gc at a time can use a cache. */
  async acquireGc(): Promise<Acquired> {
    return this.#acquire('gc', 'flow gc');
  }

  /** Only one run at a time can write the exports of a project. `root`: its real path. */
  async acquireExports(root: string): Promise<Acquired> {
    return this.#acquire(hexOf(digestBytes(`exports of ${root}`)), 'exports');
  }

  async #acquire(name: string, label: string): Promise<Acquired> {
    const own = (this.#own ??= this.#begin(label));
    if (this.#mine.has(name)) return { kind: 'busy', holder: describe(own.holder) };
    try {
      const holder = await this.#claim(name, basename(own.path));
      if (holder !== undefined) {
        this.#say('-', name);
        return { kind: 'busy', holder: describe(holder) };
      }
    } catch (error) {
      this.#mine.delete(name);
      throw error;
    }
    failpoint('lock.taken');
    this.#heartbeat ??= setInterval(() => this.#beat(), HEARTBEAT_MS).unref();
    return { kind: 'held', release: async () => this.#release(name) };
  }

  /** Removes the files of processes that are gone. */
  sweep(): void {
    for (const file of this.#foreign()) {
      if (file.holder === undefined) rmSync(file.path, { force: true });
      else this.#isDead(file, file.holder);
    }
  }

  close(): void {
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
    this.#mine.clear();
    if (this.#own !== undefined) rmSync(this.#own.path, { force: true });
    this.#own = undefined;
  }

  /** Undefined if this process has it. Otherwise the process that has it or will have it. */
  async #claim(name: string, own: string): Promise<Holder | undefined> {
    const begun = this.#monotonic();
    for (;;) {
      this.#say('?', name);
      failpoint('lock.wanted');
      for (let isWanted = true; ; await delay(POLL_MS)) {
        const rivals = this.#rivals(name);
        const [first] = rivals;
        if (first === undefined) {
          if (!isWanted) break;
          this.#say('+', name);
          return undefined;
        }
        if (first.mark === '+' || this.#monotonic() - begun > PATIENCE_MS) return first.holder;
        if (isWanted && rivals.some((rival) => rival.file < own)) {
          this.#say('-', name);
          isWanted = false;
        }
      }
    }
  }

  /** Living processes that want or have a name; one that has it comes first. */
  #rivals(name: string) {
    const rivals = this.#foreign().flatMap((file) => {
      const [mark, { holder }] = [file.markOf(name), file];
      if (mark === undefined || holder === undefined || this.#isDead(file, holder)) return [];
      return [{ mark, holder, file: basename(file.path) }];
    });
    return rivals.sort((a, b) => Number(b.mark === '+') - Number(a.mark === '+'));
  }

  /** The files of all other processes, as they are now. */
  #foreign(): readonly ClaimsFile[] {
    const own = this.#own && basename(this.#own.path);
    const names = namesIn(this.#folder).filter((name) => name !== own && PROCESS_NAME.test(name));
    return names.flatMap((name) => {
      const file = this.#others.get(name) ?? new ClaimsFile(join(this.#folder, name));
      this.#others.set(name, file);
      return file.refresh() ? [file] : [];
    });
  }

  /** A file of a dead process is removed. Its name is never used again, so nobody else can have it by now. */
  #isDead(file: ClaimsFile, holder: Holder): boolean {
    const life = lifeOf(holder);
    if (life === 'alive' || (life === 'unknown' && !this.#isSilent(file))) return false;
    rmSync(file.path, { force: true });
    this.#others.delete(basename(file.path));
    failpoint('lock.broken');
    return true;
  }

  #isSilent({ path, mtimeMs }: ClaimsFile): boolean {
    const now = this.#monotonic();
    const seen = this.#seen.get(path);
    if (seen?.mtimeMs !== mtimeMs) this.#seen.set(path, { mtimeMs, since: now });
    else if (now - seen.since > SILENT_MS) return true;
    return Date.now() - mtimeMs > SILENT_MS;
  }

  #begin(label: string): { readonly path: string; readonly holder: Holder } {
    const path = join(this.#folder, basename(this.#workspace.folder()));
    const own = { path, holder: { ...ownIdentity(), label } };
    this.#write(own);
    failpoint('lock.written');
    return own;
  }

  /** Written at once, so that every reader sees the owner of the file. */
  #write({ path, holder }: { readonly path: string; readonly holder: Holder }): void {
    const temp = this.#workspace.fresh('lock');
    const lines = Array.from(this.#mine, ([name, mark]) => lineOf(mark, name));
    writeWhole(temp, headOf(holder) + lines.join(''), false);
    mkdirSync(this.#folder, { recursive: true });
    renameSync(temp, path);
  }

  #say(mark: Mark, name: string): void {
    if (mark === '-') this.#mine.delete(name);
    else this.#mine.set(name, mark);
    if (this.#own === undefined) return;
    try {
      append(this.#own.path, lineOf(mark, name));
    } catch (error) {
      // Another process considered this one dead and removed its file.
      if (errorCode(error) !== 'ENOENT') throw error;
      this.#write(this.#own);
    }
  }

  #release(name: string): void {
    failpoint('lock.releasing');
    try {
      this.#say('-', name);
    } catch {
      // For example a full disk: waiting processes continue when this process ends.
    }
    if (this.#mine.size > 0) return;
    clearInterval(this.#heartbeat);
    this.#heartbeat = undefined;
  }

  #beat(): void {
    const now = new Date();
    this.#workspace.touch(now);
    try {
      if (this.#own !== undefined) utimesSync(this.#own.path, now, now);
    } catch {
      // It was removed: it is written again when this process has something to say.
    }
  }
}

/** Closed each time: an NFS client sends what was written when a file is closed. Never makes the file. */
function append(path: string, line: string): void {
  const fd = openSync(path, constants.O_WRONLY | constants.O_APPEND);
  try {
    writeSync(fd, line);
  } finally {
    closeSync(fd);
  }
}

function describe(holder: Holder): string {
  const label = holder.label === '' ? '' : ` (${holder.label})`;
  return `pid ${holder.pid} on ${holder.host}${label}`;
}
