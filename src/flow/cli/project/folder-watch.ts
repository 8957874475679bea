import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs';
import path from 'node:path';

/** Milliseconds without a change after which a group of changes counts as complete. */
const QUIET_MS = 200;

/**
 * Sees changes of files and of what is in folders, also of files that do not exist yet. What comes into a new
 * folder is seen by the next watch of it.
 */
export class FolderWatch {
  readonly #watchers: FSWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;
  #first: string | undefined;
  #tell: (file: string) => void = () => undefined;
  #failed: (error: unknown) => void = () => undefined;

  /** Throws where the system refuses to watch one of them. */
  constructor(places: readonly string[]) {
    const folders = new Set<string>();
    for (const place of places) {
      if (isFolder(place)) for (const folder of foldersIn(place)) folders.add(folder);
      // A file is watched through its folder: editors replace files.
      folders.add(existingFolder(path.dirname(place)));
    }
    try {
      for (const folder of folders) this.#watch(folder);
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

  #watch(folder: string): void {
    const watcher = watch(folder, (_, name) => {
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

/**
 * A folder and all below it. Node's own recursive watch watches every file on Linux, which exceeds the limit of
 * the system with some ten thousand files.
 */
function foldersIn(folder: string): readonly string[] {
  const below = readdirSync(folder, { recursive: true, withFileTypes: true });
  const folders = below.filter((entry) => entry.isDirectory());
  return [folder, ...folders.map((entry) => path.join(entry.parentPath, entry.name))];
}

function isFolder(place: string): boolean {
  return statSync(place, { throwIfNoEntry: false })?.isDirectory() === true;
}

function existingFolder(folder: string): string {
  return isFolder(folder) || path.dirname(folder) === folder
    ? folder
    : existingFolder(path.dirname(folder));
}
