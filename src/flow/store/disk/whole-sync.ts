import { execFile, spawn } from 'node:child_process';
import type { ChildProcessByStdio } from 'node:child_process';
import { existsSync, statfsSync } from 'node:fs';
import { release } from 'node:os';
import type { Readable, Writable } from 'node:stream';

/** Since when syncfs(2) tells of all that could not be written: bytes (5.8) and what the file system keeps itself. */
const TELLS_SINCE = [5, 17] as const;

/** `f_type` of file systems whose syncfs(2) is as good as an fsync(2) of each file: ext2-4, xfs, btrfs. */
const SYNCED_WHOLE = new Set([0xef53, 0x58465342, 0x9123683e]);

/** Not looked for on PATH: a person's own `sync` may be anything. */
const PROGRAMS = ['/usr/bin/sync', '/bin/sync'];

/**
 * Brings a whole file system to the disk. Node has no syncfs(2), so coreutils' `sync -f` calls it. A shell starts
 * it, once for each line that it reads: to start a program takes a driver with 130 MB some 13 ms, in which nothing
 * else happens.
 */
export class WholeSync {
  readonly #folder: string;
  readonly #programs: readonly string[];
  /** What to call; undefined: not looked for yet; false: nothing that can be relied on. */
  #program: string | false | undefined;
  #shell: Shell | undefined;

  /** `folder`: lies on the file system that is meant. `programs`: where `sync` may lie. */
  constructor(folder: string, programs: readonly string[] = PROGRAMS) {
    this.#folder = folder;
    this.#programs = programs;
  }

  /** false: nothing is said about the disk, files must be flushed one by one. */
  async sync(): Promise<boolean> {
    this.#program ??= await this.#find();
    if (this.#program === false) return false;
    this.#shell ??= new Shell(this.#program, this.#folder);
    const done = await this.#shell.sync();
    // A disk that failed: fsync(2) tells which file it is.
    if (!done) this.#program = false;
    return done;
  }

  close(): void {
    this.#shell?.close();
    this.#shell = undefined;
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

/** Ends when its input ends, so with this process. In a session of its own: Ctrl-C is for the driver. */
class Shell {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  #answer: ((done: boolean) => void) | undefined;

  constructor(program: string, folder: string) {
    const script = 'while read -r _; do "$0" -f "$1" && echo 0 || echo 1; done';
    this.#child = spawn('/bin/sh', ['-c', script, program, folder], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const settle = (done: boolean): void => this.#answer?.(done);
    this.#child.stdout.on('data', (text: Buffer) => settle(text.toString() === '0\n'));
    this.#child.stdout.on('end', () => settle(false));
    for (const each of [this.#child, this.#child.stdin]) each.on('error', () => settle(false));
    this.#keepAlive(false);
  }

  async sync(): Promise<boolean> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return false;
    this.#keepAlive(true);
    try {
      return await new Promise((resolve) => {
        this.#answer = resolve;
        this.#child.stdin.write('\n');
      });
    } finally {
      this.#keepAlive(false);
    }
  }

  close(): void {
    this.#child.stdin.end();
  }

  /** This process ends while it only could ask. */
  #keepAlive(keep: boolean): void {
    for (const each of [this.#child, this.#child.stdin, this.#child.stdout]) {
      const handle = each as { ref?: () => void; unref?: () => void };
      if (keep) handle.ref?.();
      else handle.unref?.();
    }
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
