import { closeSync, existsSync, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';

type Sync = (fd: number) => Promise<void>;

/** Brings the whole file system of the cache to the disk; false: it could not, or not surely. */
type SyncAll = () => Promise<boolean>;

/** From so many files and folders on, one flush of the whole file system costs less than one of each. */
export const MANY = 64;

/** Milliseconds within which a name for which nobody waits is on disk, about. */
const LATER_MS = 2_000;

/**
 * Brings files and names to the disk in groups: while one group is under way the next one gathers, so that
 * stages that end at about the same time wait for the disk together, and the journal is committed once for
 * all of them. fsync(2) itself is called for each, and only here; for a large group, syncfs(2) once.
 */
export class GroupSync {
  readonly #enabled: boolean;
  readonly #sync: Sync;
  readonly #syncAll: SyncAll;
  #files: number[] = [];
  /** Names in them could still be lost in a power cut. */
  #folders = new Set<string>();
  /** The same, of names that nothing else rests on. */
  readonly #later = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #current: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined;
  /** Somebody waits for names in the next group. */
  #named = false;

  /** `enabled`: false where a test does not care. */
  constructor(enabled: boolean, syncAll: SyncAll, sync: Sync = promisify(fsync)) {
    this.#enabled = enabled;
    this.#syncAll = syncAll;
    this.#sync = sync;
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

  /** The same, of a name that a power cut may take back: it is on disk some seconds later. */
  placedLast(folder: string): void {
    if (!this.#enabled) return;
    this.#later.add(folder);
    this.#timer ??= setTimeout(() => {
      // Who closes the store tries again, and tells.
      this.all().catch(() => undefined);
    }, LATER_MS).unref();
  }

  /** Resolves when every name is on disk. */
  async all(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const later = [...this.#later];
    this.#later.clear();
    for (const folder of later) this.#folders.add(folder);
    try {
      await this.names();
    } catch (error) {
      for (const folder of later) this.#later.add(folder);
      throw error;
    }
  }

  /** Resolves when all names that were placed before it was called are on disk. */
  async names(): Promise<void> {
    if (!this.#enabled) return;
    this.#named = true;
    await this.#group();
  }

  #group(): Promise<void> {
    this.#next ??= this.#after(this.#current);
    return this.#next;
  }

  async #after(earlier: Promise<unknown>): Promise<void> {
    // One that failed has told those who waited for it.
    await earlier.catch(() => undefined);
    const files = this.#files;
    this.#files = [];
    // Names that nobody waits for yet may wait for others in the same folder.
    const folders = this.#named ? this.#folders : new Set<string>();
    if (this.#named) this.#folders = new Set();
    this.#named = false;
    this.#current = this.#next ?? Promise.resolve();
    this.#next = undefined;
    if (files.length + folders.size >= MANY && (await this.#syncAll())) return;
    await Promise.all([
      ...files.map((fd) => this.#sync(fd)),
      ...[...folders].map((folder) => this.#syncFolder(folder)),
    ]);
  }

  async #syncFolder(path: string): Promise<void> {
    // Removed meanwhile, with the names in it.
    if (!existsSync(path)) return;
    const fd = openSync(path, 'r');
    try {
      await this.#sync(fd);
    } finally {
      closeSync(fd);
    }
  }
}
