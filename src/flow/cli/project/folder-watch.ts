import { type FSWatcher, statSync, watch } from 'node:fs';
import path from 'node:path';

/** Milliseconds without a change after which a group of changes counts as complete. */
const QUIET_MS = 200;

/** Sees changes of files and of what is in folders, also of files that do not exist yet. */
export class FolderWatch {
  readonly #watchers: FSWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;
  #first: string | undefined;
  #tell: (file: string) => void = () => undefined;
  #failed: (error: unknown) => void = () => undefined;

  /** Throws where the system refuses to watch one of them. */
  constructor(places: readonly string[]) {
    const folders = new Map<string, boolean>();
    for (const place of places) {
      if (isFolder(place)) folders.set(place, true);
      // A file is watched through its folder: editors replace files.
      const parent = existingFolder(path.dirname(place));
      folders.set(parent, folders.get(parent) ?? false);
    }
    try {
      for (const [folder, recursive] of folders) this.#watch(folder, recursive);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** The first changed file, once nothing has changed for a moment. Rejects if the system stops watching. */
  changed(): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#tell = resolve;
      this.#failed = reject;
      if (this.#first !== undefined) this.#wait();
    });
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.close();
  }

  #watch(folder: string, recursive: boolean): void {
    const watcher = watch(folder, { recursive }, (_, name) => {
      this.#first ??= name === null ? folder : path.join(folder, name);
      this.#wait();
    });
    watcher.on('error', (error) => this.#failed(error));
    this.#watchers.push(watcher);
  }

  #wait(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#tell(this.#first ?? ''), QUIET_MS);
  }
}

function isFolder(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}

function existingFolder(folder: string): string {
  return isFolder(folder) || path.dirname(folder) === folder
    ? folder
    : existingFolder(path.dirname(folder));
}
