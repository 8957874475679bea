import { closeSync, existsSync, fsync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import { errorCode } from '../../core/system-error.ts';
import { mapPool } from './pool.ts';

type Sync = (fd: number) => Promise<void>;

/** Brings the whole file system of the cache to the disk; false: it could not, or not surely. */
type SyncAll = () => Promise<boolean>;

/** A whole file that lies under its name before its bytes are on disk. */
export interface Unflushed {
  readonly path: string;
  /** Its bytes are on disk. `fd`: the file, open for reading. */
  readonly flushed: (fd: number) => void;
  /** The disk has refused its bytes: a later fsync(2) would not tell of it again. */
  readonly lost: () => void;
}

/**
 * From so many files and folders on, one flush of the whole file system is cheaper than one of each: `sync -f`
 * takes 1 ms of another process, and an fsync(2) 0.1 ms of the driver (measured).
 */
export const WHOLE_SYNC_MIN_FILES = 16;

/** Milliseconds from the beginning of a group to that of the next: what a killed driver may lose. */
export const INTERVAL_MS = 300;

/** Milliseconds within which a name for which nobody waits is on disk, about. */
const LATER_MS = 2_000;

/** As many as libuv has threads, twice. */
const WIDTH = 8;

/**
 * Brings files and names to the disk in groups: all that came within an interval shares one flush. Nothing waits
 * for it but the records of results, so that the disk slows no stage. A small group is flushed by fsync(2) of
 * each file and folder, a large one by syncfs(2) once.
 */
export class Flush {
  /** false: nothing is brought to the disk, where a test does not care. */
  readonly enabled: boolean;
  readonly #sync: Sync;
  readonly #syncAll: SyncAll;
  #files = new Map<string, Unflushed>();
  /** Names in them could still be lost in a power cut. */
  #folders = new Set<string>();
  /** The same, of names that nothing else rests on. */
  #last = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #current: Promise<unknown> = Promise.resolve();
  #next: Promise<void> | undefined;
  #begun = -INTERVAL_MS;
  #isUrgent = false;
  #wake: () => void = () => undefined;

  constructor(enabled: boolean, syncAll: SyncAll, sync: Sync = promisify(fsync)) {
    this.enabled = enabled;
    this.#syncAll = syncAll;
    this.#sync = sync;
  }

  /** Resolves when what was written to this open file is on disk, without waiting for a group. */
  async now(fd: number): Promise<void> {
    if (this.enabled) await this.#sync(fd);
  }

  /** A file has been written. */
  written(file: Unflushed): void {
    if (!this.enabled) return;
    this.#files.set(file.path, file);
  }

  /** A name has been placed in this folder. */
  placed(folder: string): void {
    if (this.enabled) this.#folders.add(folder);
  }

  /** The same, of a name that a power cut may take back: it is on disk some seconds later. */
  placedLast(folder: string): void {
    if (!this.enabled) return;
    this.#last.add(folder);
    this.#timer ??= setTimeout(() => {
      // Who closes the store tries again, and tells.
      this.all().catch(() => undefined);
    }, LATER_MS).unref();
  }

  /** Resolves when all files and names that were told before are on disk. */
  async group(): Promise<void> {
    if (!this.enabled) return;
    this.#next ??= this.#after(this.#current);
    await this.#next;
  }

  /** The next group begins as soon as the one under way has ended: nothing else will come. */
  hurry(): void {
    this.#isUrgent = true;
    this.#wake();
  }

  /** As `group`, at once. */
  async all(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const folder of this.#last) this.#folders.add(folder);
    this.#last.clear();
    this.hurry();
    if (this.#files.size + this.#folders.size > 0) await this.group();
    else await (this.#next ?? this.#current.catch(() => undefined));
  }

  async #after(earlier: Promise<unknown>): Promise<void> {
    // One that failed has told those who waited for it.
    await earlier.catch(() => undefined);
    await this.#due();
    this.#isUrgent = false;
    this.#begun = performance.now();
    const files = this.#files;
    const folders = this.#folders;
    this.#files = new Map();
    this.#folders = new Set();
    this.#current = this.#next ?? Promise.resolve();
    this.#next = undefined;
    try {
      await this.#flush([...files.values()], [...folders]);
    } catch (error) {
      for (const folder of folders) this.#folders.add(folder);
      throw error;
    }
  }

  /** Resolves when the interval is over, or somebody is in a hurry. */
  async #due(): Promise<void> {
    const left = this.#begun + INTERVAL_MS - performance.now();
    if (this.#isUrgent || left <= 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, left);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #flush(files: readonly Unflushed[], folders: readonly string[]): Promise<void> {
    const isWhole =
      files.length + folders.length >= WHOLE_SYNC_MIN_FILES && (await this.#flushAll());
    const works = [
      ...files.map((file) => () => this.#flushFile(file, isWhole)),
      ...(isWhole ? [] : folders.map((folder) => () => this.#flushFolder(folder))),
    ];
    const errors: unknown[] = [];
    await mapPool(works, WIDTH, (work) => work().catch((error: unknown) => errors.push(error)));
    if (errors.length > 0) throw errors[0];
  }

  /** Names that are placed meanwhile are not among those that are on disk then. */
  async #flushAll(): Promise<boolean> {
    const last = this.#last;
    this.#last = new Set();
    const isWhole = await this.#syncAll();
    if (!isWhole) for (const folder of last) this.#last.add(folder);
    return isWhole;
  }

  async #flushFile(file: Unflushed, isFlushed: boolean): Promise<void> {
    let fd: number;
    try {
      fd = openSync(file.path, 'r');
    } catch (error) {
      // Removed meanwhile: who needs it looks for it.
      if (errorCode(error) === 'ENOENT') return;
      // Too many open files, for one: it may be flushed yet.
      this.#files.set(file.path, file);
      throw error;
    }
    try {
      if (!isFlushed) await this.#sync(fd);
      file.flushed(fd);
    } catch (error) {
      file.lost();
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  async #flushFolder(path: string): Promise<void> {
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
