import { execFile } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { release } from 'node:os';

/** Since when syncfs(2) tells of all that could not be written: bytes (5.8) and what the file system keeps itself. */
const TELLS_SINCE = [5, 17] as const;

/** `f_type` of file systems whose syncfs(2) is as good as an fsync(2) of each file: ext2-4, xfs, btrfs. */
const SYNCED_WHOLE = new Set([0xef53, 0x58465342, 0x9123683e]);

/** Not looked for on PATH: a person's own `sync` may be anything. */
const PROGRAMS = ['/usr/bin/sync', '/bin/sync'];

/**
 * Brings a whole file system to the disk. Node has no syncfs(2), so coreutils' `sync -f` calls it: some
 * milliseconds, in which a few dozen files can be flushed one by one.
 */
export class WholeSync {
  readonly #folder: string;
  readonly #programs: readonly string[];
  /** What to call; undefined: not looked for yet; false: nothing that can be relied on. */
  #program: string | false | undefined;

  /** `folder`: lies on the file system that is meant. `programs`: where `sync` may lie. */
  constructor(folder: string, programs: readonly string[] = PROGRAMS) {
    this.#folder = folder;
    this.#programs = programs;
  }

  /** false: nothing is said about the disk, files must be flushed one by one. */
  async sync(): Promise<boolean> {
    this.#program ??= await this.#find();
    if (this.#program === false) return false;
    const done = await outputOf(this.#program, '-f', this.#folder);
    // A disk that failed: fsync(2) tells which file it is.
    if (done === undefined) this.#program = false;
    return done !== undefined;
  }

  async #find(): Promise<string | false> {
    if (!isNewEnough(release()) || !SYNCED_WHOLE.has(statfsSync(this.#folder).type)) return false;
    const program = this.#programs.find((path) => existsSync(path));
    if (program === undefined) return false;
    // Others have no `-f`, or may end well whatever the disk says.
    const version = await outputOf(program, '--version');
    return version?.includes('GNU coreutils') === true && program;
  }
}

/** undefined: it did not end well. */
function outputOf(program: string, ...words: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(program, words, (error, stdout) => resolve(error === null ? stdout : undefined));
  });
}

function isNewEnough(kernel: string): boolean {
  if (process.platform !== 'linux') return false;
  const [major = 0, minor = 0] = kernel.split('.').map(Number.parseFloat);
  return major > TELLS_SINCE[0] || (major === TELLS_SINCE[0] && minor >= TELLS_SINCE[1]);
}
