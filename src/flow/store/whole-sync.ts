import { execFile } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { release } from 'node:os';

/** Since when syncfs(2) tells of bytes that could not be written. */
const TELLS_SINCE = [5, 8] as const;

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
  readonly #program: string | undefined;
  #works: boolean | undefined;

  /** `folder`: lies on the file system that is meant. `programs`: where `sync` may lie. */
  constructor(folder: string, programs: readonly string[] = PROGRAMS) {
    this.#folder = folder;
    this.#program = programs.find((path) => existsSync(path));
  }

  /** false: nothing is said about the disk, files must be flushed one by one. */
  async sync(): Promise<boolean> {
    const program = this.#program;
    this.#works ??= isNewEnough(release()) && SYNCED_WHOLE.has(statfsSync(this.#folder).type);
    if (!this.#works || program === undefined) return false;
    // An older one that has no `-f`, or a disk that failed: fsync(2) tells.
    this.#works = await new Promise<boolean>((resolve) => {
      execFile(program, ['-f', this.#folder], (error) => resolve(error === null));
    });
    return this.#works;
  }
}

function isNewEnough(kernel: string): boolean {
  if (process.platform !== 'linux') return false;
  const [major = 0, minor = 0] = kernel.split('.').map(Number.parseFloat);
  return major > TELLS_SINCE[0] || (major === TELLS_SINCE[0] && minor >= TELLS_SINCE[1]);
}
