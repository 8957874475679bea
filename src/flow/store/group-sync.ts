import { closeSync, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';

const syncFile = promisify(fsync);

/**
 * Brings files and names to the disk in groups: while one group is under way the next one gathers, so that
 * stages that end at about the same time wait for the disk together, and the journal is committed once for
 * all of them. fsync(2) itself is called for each, and only here.
 */
export class GroupSync {
  readonly #enabled: boolean;
  #files: number[] = [];
  /** Names in them could still be lost in a power cut. */
  #folders = new Set<string>();
  #current: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** `enabled`: false where a test does not care. */
  constructor(enabled: boolean) {
    this.#enabled = enabled;
  }

  /** Resolves when what was written to this open file is on disk. */
  async file(fd: number): Promise<void> {
    if (!this.#enabled) return;
    this.#files.push(fd);
    await this.#group();
  }

  /** A name has been placed in this folder: see `names`. */
  placed(folder: string): void {
    if (this.#enabled) this.#folders.add(folder);
  }

  /** Resolves when all names that were placed before it was called are on disk. */
  async names(): Promise<void> {
    if (this.#enabled) await this.#group();
  }

  #group(): Promise<void> {
    this.#next ??= this.#after(this.#current);
    return this.#next;
  }

  async #after(earlier: Promise<unknown>): Promise<void> {
    // One that failed has told those who waited for it.
    await earlier.catch(() => undefined);
    const [files, folders] = [this.#files, this.#folders];
    [this.#files, this.#folders] = [[], new Set()];
    this.#current = this.#next ?? Promise.resolve();
    this.#next = undefined;
    await Promise.all([...files.map((fd) => syncFile(fd)), ...[...folders].map(syncFolder)]);
  }
}

async function syncFolder(path: string): Promise<void> {
  const fd = openSync(path, 'r');
  try {
    await syncFile(fd);
  } finally {
    closeSync(fd);
  }
}
