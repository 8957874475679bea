import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { failpoint } from './failpoints.ts';
import { lifeOf, ownIdentity, parseIdentity } from './process-identity.ts';
import { removeTree } from './remove-tree.ts';
import { errorCode } from './system-error.ts';

/**
 * A folder whose owner cannot be asked (another host or container, or a crash before it was written) is
 * swept when it has been still for so long. Processes that run stages touch theirs (`touch`).
 */
const SILENT_MS = 24 * 60 * 60 * 1000;

/**
 * This process's private folder `cache/tmp/<pid>-<random>/`: half-written blobs and records, and scratch
 * folders. `owner.json` in it tells other processes when they may sweep it.
 */
export class Workspace {
  readonly #tmp: string;
  #own: string | undefined;
  #count = 0;

  constructor(cacheRoot: string) {
    this.#tmp = join(cacheRoot, 'tmp');
  }

  /** A path in the private folder that nothing has yet. */
  fresh(prefix: string): string {
    this.#own ??= this.#create();
    this.#count += 1;
    return join(this.#own, `${prefix}${this.#count}`);
  }

  /** Writes a record so that a reader sees the old one, the new one or none, never a part. */
  replace(path: string, text: string, fsync: boolean, what: 'memo' | 'stat-cache'): void {
    const temp = this.fresh('record');
    writeWhole(temp, text, fsync);
    failpoint(`${what}.written`);
    mkdirSync(dirname(path), { recursive: true });
    renameSync(temp, path);
    failpoint(`${what}.placed`);
    if (fsync) fsyncFolder(dirname(path));
  }

  /** Says to other hosts that this process lives. */
  touch(now: Date): void {
    if (this.#own !== undefined && existsSync(this.#own)) utimesSync(this.#own, now, now);
  }

  /** Removes what dead processes left behind. */
  sweep(): void {
    for (const name of namesIn(this.#tmp)) {
      const folder = join(this.#tmp, name);
      if (folder === this.#own || !isAbandoned(folder)) continue;
      removeQuietly(folder);
      failpoint('workspace.swept-one');
    }
  }

  close(): void {
    if (this.#own === undefined) return;
    removeQuietly(this.#own);
    this.#own = undefined;
  }

  #create(): string {
    mkdirSync(this.#tmp, { recursive: true });
    for (;;) {
      const random = Math.floor(Math.random() * 0x1_0000_0000).toString(16);
      const folder = join(this.#tmp, `${process.pid}-${random}`);
      try {
        mkdirSync(folder);
        failpoint('workspace.made');
        writeFileSync(join(folder, 'owner.json'), JSON.stringify(ownIdentity()));
        failpoint('workspace.owned');
        return folder;
      } catch (error) {
        if (errorCode(error) !== 'EEXIST') throw error;
      }
    }
  }
}

export function writeWhole(path: string, data: string | Uint8Array, fsync: boolean): void {
  const fd = openSync(path, 'wx', 0o644);
  try {
    const bytes = typeof data === 'string' ? Buffer.from(data) : data;
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    if (fsync) fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

export function fsyncFolder(path: string): void {
  const fd = openSync(path, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Names in a folder, none if it is absent. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function isAbandoned(folder: string): boolean {
  try {
    const owner = parseIdentity(JSON.parse(readFileSync(join(folder, 'owner.json'), 'utf8')));
    const life = owner === undefined ? 'unknown' : lifeOf(owner);
    if (life !== 'unknown') return life === 'dead';
  } catch {
    // Absent or half-written: decided by age below.
  }
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > SILENT_MS;
}

/** A folder that resists (a stray process writes into it) is swept by a later run. */
function removeQuietly(folder: string): void {
  try {
    removeTree(folder);
  } catch {
    // Swept later.
  }
}
