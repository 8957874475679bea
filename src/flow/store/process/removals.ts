import { closeSync, openSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { failpoint } from '../disk/failpoints.ts';
import type { ProcessIdentity } from './process-identity.ts';
import { lifeOf, ownIdentity, parseIdentity } from './process-identity.ts';
import { errorCode } from '../../core/system-error.ts';
import type { Workspace } from './workspace.ts';
import { writeWhole } from '../disk/files.ts';

/** A batch stops removing after this time. */
const BATCH_MS = 20_000;
/** A batch that is still open after this time belongs to a dead or suspended process. */
const ABANDONED_MS = 3 * BATCH_MS;
const POLL_MS = 5;

interface State {
  readonly removing: boolean;
  /** Another word for every batch. */
  readonly batch: string;
  readonly owner: ProcessIdentity | undefined;
}

const IDLE: State = { removing: false, batch: '', owner: undefined };

/**
 * Makes "is it there? then I use it" and "does nobody use it? then it goes" safe against each other, with
 * no lock: `cache/gc` says whether a batch of removals is open.
 *
 *     who uses    writes its claim (a lease, or a blob's ctime), then looks whether a batch is open;
 *                 if so, waits for its end and looks again whether the thing is there
 *     gc          opens a batch, then looks for claims; removes what nobody claims; closes the batch
 *
 * Either gc sees the claim, or the claimant sees the batch. A killed gc leaves an open batch that nobody
 * waits for.
 */
export class Removals {
  readonly #path: string;
  readonly #workspace: Workspace;

  constructor(cacheRoot: string, workspace: Workspace) {
    this.#path = join(cacheRoot, 'gc');
    this.#workspace = workspace;
  }

  /**
   * After a claim was written. false: nothing was being removed. true: something was, and that has ended:
   * look again for what was claimed.
   */
  async settle(): Promise<boolean> {
    const first = this.#read();
    if (!isOpen(first)) return false;
    const begun = performance.now();
    for (;;) {
      await delay(POLL_MS);
      const now = this.#read();
      if (now.batch !== first.batch || !isOpen(now)) return true;
      if (performance.now() - begun > ABANDONED_MS) return true;
    }
  }

  /**
   * Removes in one batch. `work` looks for claims first; it asks `late()` before each removal and leaves
   * the rest to another batch once it says true (a suspended process may find its batch taken for dead).
   */
  async batch(work: (late: () => boolean) => Promise<void>): Promise<void> {
    const batch = `${this.#workspace.fresh('batch')}-${Date.now()}`;
    this.#write({ removing: true, batch, owner: ownIdentity() });
    failpoint('gc.batch-opened');
    const begun = performance.now();
    try {
      await work(() => performance.now() - begun > BATCH_MS);
    } finally {
      this.#write({ ...IDLE, batch });
      failpoint('gc.batch-closed');
    }
  }

  #write(state: State): void {
    const temp = this.#workspace.fresh('gc');
    writeWhole(temp, JSON.stringify(state), false);
    renameSync(temp, this.#path);
  }

  #read(): State {
    let text: string;
    try {
      // Made if it is absent: NFS clients remember for a while that a file is not there, but ask the
      // server about one that they open.
      const fd = openSync(this.#path, 'a+');
      text = readFileSync(fd, 'utf8');
      closeSync(fd);
    } catch (error) {
      if (errorCode(error) === 'EROFS' || errorCode(error) === 'EACCES') return IDLE;
      throw error;
    }
    return text === '' ? IDLE : parse(text);
  }
}

const isOpen = ({ removing, owner }: State): boolean =>
  removing && (owner === undefined || lifeOf(owner) !== 'dead');

function parse(text: string): State {
  try {
    const { removing, batch, owner } = JSON.parse(text) as Partial<State>;
    return { removing: removing === true, batch: String(batch), owner: parseIdentity(owner) };
  } catch {
    return IDLE;
  }
}
