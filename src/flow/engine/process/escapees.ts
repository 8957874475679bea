import { realpathSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { linkOf, processes, statOf, variableOf } from '../../store/process/proc.ts';

// A process that calls setsid leaves the group of its stage. On Linux it is still known by a path of its
// attempt: by TMPDIR in its environment or, where that was cleared, by its working directory or its output.
// Only a PID namespace (--sandbox) holds a process that has none of the three.

/** Milliseconds between two scans that nothing waits for. */
const scanEveryMs = 300;
/** Maximum time to wait for a killed process. */
const endsWithinMs = 2_000;

/** To be called when an attempt has ended but for its leader. */
export type Leave = (leader?: number) => void;

interface Attempt {
  /** Its processes are no escapees before. */
  ended: boolean;
  /** No escapee, though the attempt has ended. */
  leader: number | undefined;
  readonly killed: Set<number>;
  /** Called with the number of processes after each scan that has killed some. */
  readonly tell: (count: number) => void;
}

/** Finds and kills the processes that the attempts of a run left running. */
export class Escapees {
  /** By scratch folder and by log, as flow names them and by their real paths. */
  readonly #attempts = new Map<string, Attempt>();
  /** What those lie in -> its real path. */
  readonly #roots = new Map<string, string>();
  /** Processes without a trace: their pid is not looked at again as long as it is in use. */
  readonly #strangers = new Set<number>();
  #over = false;
  #timer: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;

  /** `paths`: its scratch folder, by each of its paths, and its log. */
  watch(paths: readonly string[], tell: Attempt['tell']): Leave {
    const attempt: Attempt = { ended: false, leader: undefined, killed: new Set(), tell };
    for (const file of paths) {
      const [folder, name] = [path.dirname(file), path.basename(file)];
      const real = this.#roots.get(folder) ?? realPath(folder);
      this.#roots.set(folder, real).set(real, real);
      this.#attempts.set(`${folder}/${name}`, attempt).set(`${real}/${name}`, attempt);
    }
    return (leader) => {
      attempt.ended = true;
      attempt.leader = leader;
      this.#timer ??= setTimeout(() => void this.scan(), scanEveryMs);
    };
  }

  /** Resolves after a scan that begins later than this call: nothing is left that can be found. */
  scan(): Promise<void> {
    if (this.#next === undefined) {
      this.#next = this.#last.then(() => this.#scan());
      this.#last = this.#next;
    }
    return this.#next;
  }

  /** The same for all attempts, as if they had ended. */
  scanAll(): Promise<void> {
    this.#over = true;
    return this.scan();
  }

  async #scan(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#next = undefined;
    if (this.#attempts.size === 0) return;
    const found = new Set<Attempt>();
    await killAll(() => this.#find(found));
    for (const { killed, tell } of found) {
      tell(killed.size);
      killed.clear();
    }
  }

  #find(into: Set<Attempt>): readonly number[] {
    const pids = processes();
    const present = new Set(pids);
    for (const pid of this.#strangers) if (!present.has(pid)) this.#strangers.delete(pid);
    return pids.filter((pid) => {
      if (this.#strangers.has(pid)) return false;
      const attempt = byTraces(pid, (at) => this.#attemptAt(at));
      if (attempt === undefined) this.#strangers.add(pid);
      if (attempt === undefined || !(this.#over || attempt.ended)) return false;
      if (pid === attempt.leader) return false;
      attempt.killed.add(pid);
      into.add(attempt);
      return true;
    });
  }

  #attemptAt(at: string): Attempt | undefined {
    for (const root of this.#roots.keys()) {
      if (!at.startsWith(`${root}/`)) continue;
      const [name] = at.slice(root.length + 1).split('/', 1);
      const found = this.#attempts.get(`${root}/${name}`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

/**
 * Kills the processes that stages left in these folders, which contain scratch folders of dead
 * drivers.
 */
export async function endStrays(folders: readonly string[]): Promise<number> {
  if (folders.length === 0) return 0;
  const roots = folders.flatMap((folder) => [folder, realPath(folder)]);
  const isInside = (at: string) => roots.some((root) => at.startsWith(`${root}/`)) || undefined;
  return killAll(() => processes().filter((pid) => byTraces(pid, isInside)));
}

function byTraces<T>(pid: number, ownerOf: (at: string) => T | undefined): T | undefined {
  const tmpdir = variableOf(pid, 'TMPDIR');
  const owner = tmpdir === undefined ? undefined : ownerOf(tmpdir);
  if (owner !== undefined) return owner;
  for (const name of ['cwd', 'fd/1', 'fd/2']) {
    const at = linkOf(pid, name)?.replace(/ \(deleted\)$/, '');
    const found = at === undefined ? undefined : ownerOf(at);
    // A user's shell in this folder has a terminal; a process that called setsid has none.
    if (found !== undefined) return statOf(pid)?.terminal === 0 ? found : undefined;
  }
  return undefined;
}

/** Kills processes until none is found; returns their number. */
async function killAll(find: () => readonly number[]): Promise<number> {
  const killed = new Set<number>();
  for (let waited = 0; waited <= endsWithinMs; waited += 5) {
    const found = find();
    if (found.length === 0) break;
    for (const pid of found) {
      killed.add(pid);
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended, or belongs to another user.
      }
    }
    // It may have started another process meanwhile, so search again until none is found.
    await delay(5);
  }
  return killed.size;
}

/** As it is where it is gone. */
function realPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
