import { lstatSync, realpathSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isInside } from '../../key/paths.ts';
import type { EngineContext } from '../context.ts';
import type { Emit } from '../emit.ts';

// What must hold before an export is written: where its path leads, and whose turn it is.

/**
 * Why an export may not be written where its path leads on this disk, if it may not: a folder on the way
 * can be a link that leads out of the project, or into the cache, which no path in a text shows.
 */
export function refusedPlace(root: string, shown: string, cacheRoot: string): string | undefined {
  const target = path.join(root, shown);
  const folder = deepestThere(path.dirname(target));
  const real = realOrUndefined(folder);
  if (real === undefined) {
    return `its path has a broken link: ${nameOf(folder, root)}`;
  }
  if (!isInside(realpathSync(root), real)) {
    return `it would be outside the project, because ${nameOf(folder, root)} is a link to ${real}: export it into a folder of the project`;
  }
  const whole = path.join(real, path.relative(folder, target));
  if (isInside(realOrUndefined(cacheRoot) ?? cacheRoot, whole)) {
    return `it would be in the cache (${whole}), which contains only flow's own files: export it to another folder`;
  }
  return undefined;
}

/** Links count as existing, also broken ones. */
function deepestThere(folder: string): string {
  for (let at = folder; ; at = path.dirname(at)) {
    if (lstatSync(at, { throwIfNoEntry: false }) !== undefined || path.dirname(at) === at)
      return at;
  }
}

function realOrUndefined(folder: string): string | undefined {
  try {
    return realpathSync(folder);
  } catch {
    return undefined;
  }
}

const nameOf = (folder: string, root: string): string => path.relative(root, folder) || '.';

/**
 * Milliseconds between two checks of another run's lock, and the time after which this run prints
 * that it waits.
 */
const [POLL_MS, TOLD_AFTER_MS] = [20, 2_000];

/** The runs of one project write their exports one after another. */
export class ExportTurn {
  readonly #ctx: EngineContext;
  readonly #emit: Emit;
  readonly #interrupted: () => boolean;
  #release: (() => Promise<void>) | undefined;

  /** `interrupted`: this run must end, so it does not wait for another one. */
  constructor(ctx: EngineContext, emit: Emit, interrupted: () => boolean) {
    this.#ctx = ctx;
    this.#emit = emit;
    this.#interrupted = interrupted;
  }

  /** undefined: it is ours until `end`. Otherwise who has it: this run was interrupted while it waited. */
  async take(): Promise<string | undefined> {
    // Nobody can say whose turn it is in a cache to which this user may not write.
    if (this.#release !== undefined || this.#ctx.store.isReadOnly) return undefined;
    const root = realpathSync(this.#ctx.root);
    for (let waited = 0; ; waited += POLL_MS) {
      const lock = await this.#ctx.store.locks.acquireExports(root);
      if (lock.kind === 'held') {
        this.#release = () => lock.release();
        return undefined;
      }
      if (this.#interrupted()) return lock.holder;
      if (waited === TOLD_AFTER_MS) {
        const message = `this run writes its exports after another run (${lock.holder}) has written its own`;
        this.#emit({ type: 'warning', code: 'exports-wait', message });
      }
      await delay(POLL_MS);
    }
  }

  async end(): Promise<void> {
    await this.#release?.();
  }
}
