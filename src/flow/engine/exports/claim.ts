import { realpathSync } from 'node:fs';
import type { Artifact } from '../../core/artifact.ts';
import type { Digest } from '../../core/ids.ts';
import type { Json } from '../../core/json.ts';
import { digestBytes, hexOf } from '../../key/digest.ts';
import type { EngineContext } from '../context.ts';
import { filesOf } from './files.ts';
import type { Files } from './files.ts';

/** JSON. Memos of earlier versions have only the path. */
interface Said {
  readonly path: string;
  /** The last artifact that flow placed as a whole. */
  readonly artifact?: Digest;
  /** What flow wrote there last. */
  readonly wrote?: Readonly<Record<string, string>>;
  /** What flow is about to write. */
  readonly intends?: Readonly<Record<string, string>>;
}

/**
 * The memo of a place in the work tree: the digests of the files that flow wrote there last. A file with
 * other bytes is a person's. flow records its intention before it writes, so that after a kill the next run
 * recognises both the old and the new files.
 */
export class ExportClaim {
  readonly #ctx: EngineContext;
  readonly #shown: string;
  readonly #name: string;
  #known: Promise<Said | undefined> | undefined;

  /** `shown`: the export's path, below the project's root. */
  constructor(ctx: EngineContext, shown: string) {
    this.#ctx = ctx;
    this.#shown = shown;
    this.#name = exportMemo(ctx.root, shown);
  }

  /** Says of a file's path and content whether flow wrote it. `artifact`: what is to be placed. */
  async ownFiles(artifact: Artifact): Promise<OwnFiles> {
    // Another run may have written there since.
    this.#known = undefined;
    const said = await this.#said();
    const wrote = said?.wrote ?? Object.fromEntries(await this.#lastRecorded(artifact.kind));
    const intends = said?.intends ?? {};
    return {
      wrote: new Map(Object.entries(wrote)),
      claimed: said?.wrote !== undefined,
      has: (file, content) => wrote[file] === content || intends[file] === content,
    };
  }

  async intend(wrote: Files, intends: Files): Promise<void> {
    await this.#say({
      path: this.#shown,
      wrote: Object.fromEntries(wrote),
      intends: Object.fromEntries(intends),
    });
  }

  /** What flow has written is this artifact, or these of its files. */
  async wrote(files: Files, artifact?: Artifact): Promise<void> {
    const whole = artifact && { artifact: artifact.digest };
    await this.#say({ path: this.#shown, ...whole, wrote: Object.fromEntries(files) });
  }

  /** Whether the memo already says that flow wrote this artifact. */
  async isOf(artifact: Artifact): Promise<boolean> {
    const said = await this.#said();
    return said?.artifact === artifact.digest && said.intends === undefined;
  }

  #said(): Promise<Said | undefined> {
    this.#known ??= this.#ctx.store.memo.get(this.#name) as Promise<Said | undefined>;
    return this.#known;
  }

  async #say(said: Said): Promise<void> {
    this.#known = Promise.resolve(said);
    await this.#ctx.store.memo.put(this.#name, said as unknown as Json);
  }

  /**
   * Without a memo: what the newest run of this project that exported to this path wrote; else that of another
   * root, because the project may have been moved or copied.
   */
  async #lastRecorded(kind: Artifact['kind']): Promise<Files> {
    const { runs, root, store } = this.#ctx;
    let last: Digest | undefined;
    for await (const record of runs.records()) {
      const digest = record.exports?.find((each) => each.path === this.#shown)?.digest;
      if (digest !== undefined) last ??= digest;
      if (digest === undefined || record.root !== root) continue;
      last = digest;
      break;
    }
    if (last === undefined) return new Map();
    if (kind === 'file') return new Map([['', last]]);
    const files = await filesOf(store, { kind, digest: last, size: 0 });
    return files.ok ? files.value : new Map();
  }
}

export interface OwnFiles {
  readonly wrote: Files;
  /** Whether the memo of this project says so, not only a record. */
  readonly claimed: boolean;
  has(file: string, content: string): boolean;
}

/**
 * A memo an export, so that runs side by side do not overwrite each other's. What flow wrote into one project
 * gives it no right to a file of another that shares the cache. gc keeps memos whose names begin so.
 */
export function exportMemo(root: string, about: string): string {
  return `export-${hexOf(digestBytes(JSON.stringify([realpathSync(root), about])))}`;
}
