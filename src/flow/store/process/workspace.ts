import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { failpoint } from '../disk/failpoints.ts';
import { fsyncFolder, namesIn, writeWhole } from '../disk/files.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { lifeOf, ownIdentity, parseIdentity, pidExists, pidSpace } from './process-identity.ts';
import { removeTree } from '../disk/remove-tree.ts';
import { ShortPath, shortPaths } from './short-path.ts';
import { errorCode } from '../../core/system-error.ts';

/**
 * A folder whose owner is unknown (another machine or container, or a crash before it was written)
 * is removed if it is unchanged for this long. Processes that run stages touch theirs (`touch`).
 */
const SILENT_MS = 24 * 60 * 60 * 1000;

const OWNER = 'owner.json';

/** A name of a process: its pid, its pid space and a random number. flow leaves what has other names alone. */
export const PROCESS_NAME = /^[1-9][0-9]*-[0-9a-f]{8}-[0-9a-f]+$/;

/**
 * This process's private folder `cache/tmp/<pid>-<pid space>-<random>/`: half-written blobs and records, and
 * scratch folders. `owner.json` in it tells other processes when they may sweep it; until it is written, the
 * name does.
 */
export class Workspace {
  readonly #tmp: string;
  #own: string | undefined;
  #readOnly: boolean | undefined;
  #short: ShortPath | undefined;
  #since = 0;
  #count = 0;

  constructor(cacheRoot: string) {
    this.#tmp = join(cacheRoot, 'tmp');
  }

  /** A new path in the private folder. */
  fresh(prefix: string): string {
    this.#count += 1;
    return join(this.folder(), `${prefix}${this.#count}`);
  }

  /**
   * This user may not write to the cache: it is a colleague's, or mounted read-only. Then what only saves work
   * is left out, so that commands which compute nothing work.
   */
  get isReadOnly(): boolean {
    this.#readOnly ??= isForbidden(existsSync(this.#tmp) ? this.#tmp : dirname(this.#tmp));
    return this.#readOnly;
  }

  /** The folder, if it exists. */
  get known(): string | undefined {
    return this.#own;
  }

  folder(): string {
    this.#own ??= this.#create();
    return this.#own;
  }

  /** A short path to the folder. */
  shortPath(): string {
    this.#short ??= new ShortPath(this.folder());
    return this.#short.path;
  }

  /**
   * When others could know of this process, by the clock of the cache's file system (milliseconds since
   * the epoch): gc leaves what came into the store since then alone while this process lives.
   */
  since(): number {
    this.folder();
    return this.#since;
  }

  /** Writes a record that only saves work, so that a reader sees the old one, the new one or none, never a part. */
  replace(path: string, text: string, fsync: boolean, what: 'memo' | 'stat-cache'): void {
    if (this.isReadOnly) return;
    const temp = this.fresh('record');
    writeWhole(temp, text, fsync);
    failpoint(`${what}.written`);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(temp, path);
    failpoint(`${what}.placed`);
    if (fsync) fsyncFolder(dirname(path));
  }

  /** Shows other machines that this process lives, and follows a clock that was set back. */
  touch(now: Date): void {
    if (this.#own === undefined || !existsSync(this.#own)) return;
    utimesSync(this.#own, now, now);
    this.#short?.touch(now);
    if (now.getTime() >= this.#since) return;
    utimesSync(join(this.#own, OWNER), now, now);
    this.#since = statSync(join(this.#own, OWNER)).mtimeMs;
  }

  /** Folders of dead processes. */
  abandoned(): readonly string[] {
    return workspacesIn(dirname(this.#tmp))
      .filter(({ folder, abandoned }) => abandoned && folder !== this.#own)
      .map(({ folder }) => folder);
  }

  /** The same, and the short paths to them: what leftover processes can know of them. */
  abandonedPaths(): readonly string[] {
    const folders = this.abandoned();
    if (folders.length === 0) return folders;
    const links = shortPaths().filter(({ target }) => folders.includes(target));
    return [...folders, ...links.map(({ path }) => path)];
  }

  /** Removes the leftovers of dead processes. */
  sweep(): void {
    for (const folder of this.abandoned()) {
      removeQuietly(folder);
      failpoint('workspace.swept-one');
    }
    for (const { path, target } of shortPaths()) {
      if (!existsSync(target)) removeQuietly(dirname(path));
    }
  }

  close(): void {
    if (this.#own === undefined) return;
    removeQuietly(this.#own);
    this.#short?.remove();
    this.#own = undefined;
    this.#short = undefined;
  }

  #create(): string {
    mkdirSync(this.#tmp, { recursive: true });
    for (;;) {
      const random = Math.floor(Math.random() * 0x1_0000_0000).toString(16);
      const folder = join(this.#tmp, `${process.pid}-${pidSpace()}-${random}`);
      try {
        mkdirSync(folder);
        failpoint('workspace.made');
        writeFileSync(join(folder, OWNER), JSON.stringify(ownIdentity()));
        this.#since = statSync(join(folder, OWNER)).mtimeMs;
        failpoint('workspace.owned');
        return folder;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
    }
  }
}

/** The private folder of some process. */
export interface ForeignWorkspace {
  /** Absolute. */
  readonly folder: string;
  readonly abandoned: boolean;
  /** See `Workspace.since`. */
  readonly since: number;
  /** undefined: it was not written yet, or a crash came first. */
  readonly owner: ProcessIdentity | undefined;
}

/** Those of all processes, this one's too. */
export function workspacesIn(cacheRoot: string): readonly ForeignWorkspace[] {
  const names = namesIn(join(cacheRoot, 'tmp')).filter((name) => PROCESS_NAME.test(name));
  return names.flatMap((name) => {
    const folder = join(cacheRoot, 'tmp', name);
    const stat = statSync(folder, { throwIfNoEntry: false });
    if (stat?.isDirectory() !== true) return [];
    const path = join(folder, OWNER);
    // Asked before the file is read: while it is missing, the folder is as old as its process's entry.
    const since = (statSync(path, { throwIfNoEntry: false }) ?? stat).mtimeMs;
    const owner = ownerOf(path);
    const life = owner === undefined ? lifeByName(name) : lifeOf(owner);
    const silent = Date.now() - stat.mtimeMs > SILENT_MS;
    const abandoned = life === 'dead' || (life === 'unknown' && silent);
    return [{ folder, abandoned, since, owner }];
  });
}

/** Of a process that was killed before it wrote who it is, or is about to. */
function lifeByName(name: string): 'alive' | 'dead' | 'unknown' {
  const [, pid, space] = /^([1-9][0-9]*)-([0-9a-f]{8})-/.exec(name) ?? [];
  if (space !== pidSpace()) return 'unknown';
  return pidExists(Number(pid)) ? 'alive' : 'dead';
}

function ownerOf(path: string): ProcessIdentity | undefined {
  try {
    return parseIdentity(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return undefined;
  }
}

function isForbidden(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return false;
  } catch (error) {
    return ['EACCES', 'EPERM', 'EROFS'].includes(errorCode(error) ?? '');
  }
}

/** If a folder cannot be removed (a stray process writes into it), a later run removes it. */
function removeQuietly(folder: string): void {
  try {
    removeTree(folder);
  } catch {
    // Swept later.
  }
}
