import { realpathSync } from 'node:fs';
import type { Digest } from '../../core/ids.ts';
import { digestBytes, hexOf } from '../../key/digest.ts';
import type { EngineContext } from '../context.ts';

interface Said {
  readonly path: string;
  readonly intended?: Digest;
}

/**
 * What flow knows of a place in the work tree: that it is flow's, or that flow was about to write these bytes
 * there. The latter is said before, so that a run that is killed in between leaves no file that the next one
 * takes for a person's, and no right to one that a person puts there instead.
 */
export class ExportClaim {
  readonly #ctx: EngineContext;
  readonly #shown: string;
  readonly #name: string;

  /** `shown`: the export's path, below the project's root. */
  constructor(ctx: EngineContext, shown: string) {
    this.#ctx = ctx;
    this.#shown = shown;
    this.#name = memoName(ctx.root, shown);
  }

  /** May what lies there be replaced? `digest`: its content; undefined where that cannot be read. */
  async holds(digest: Digest | undefined): Promise<boolean> {
    const said = await this.#said();
    if (said !== undefined && (said.intended === undefined || said.intended === digest))
      return true;
    return digest !== undefined && (await this.#wasExported(digest));
  }

  /** From now on, whatever becomes of it. */
  async own(): Promise<void> {
    const said = await this.#said();
    if (said === undefined || said.intended !== undefined) await this.#say({ path: this.#shown });
  }

  async intend(intended: Digest): Promise<void> {
    await this.#say({ path: this.#shown, intended });
  }

  async #said(): Promise<Said | undefined> {
    return (await this.#ctx.store.memo.get(this.#name)) as Said | undefined;
  }

  async #say(said: Said): Promise<void> {
    await this.#ctx.store.memo.put(this.#name, { ...said });
  }

  /** Did some run place these very bytes there? So it knows its own in a project that was moved or copied. */
  async #wasExported(digest: Digest): Promise<boolean> {
    const { runs } = this.#ctx;
    for (const id of await runs.list()) {
      const exports = (await runs.read(id))?.exports ?? [];
      if (exports.some((each) => each.path === this.#shown && each.digest === digest)) return true;
    }
    return false;
  }
}

/**
 * A memo an export, so that runs side by side do not overwrite each other's. What flow wrote into one project
 * gives it no right to a file of another that shares the cache.
 */
function memoName(root: string, shown: string): string {
  return `export-${hexOf(digestBytes(JSON.stringify([realpathSync(root), shown])))}`;
}
