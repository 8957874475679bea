import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json } from '../../core/json.ts';
import type { Memo } from '../../key/files/memo.ts';
import { namesIn } from '../disk/files.ts';
import { seal, unseal } from '../disk/sealed.ts';
import type { Workspace } from '../process/workspace.ts';

interface Saved {
  readonly version: 1;
  readonly name: string;
  readonly value: Json;
}

const NAME = /^[A-Za-z0-9._-]{1,120}$/;

/**
 * One file with a checksum per name below `cache/memo/`, so that a run without changes reads only
 * what it needs.
 */
export class FileMemo implements Memo {
  readonly #folder: string;
  readonly #workspace: Workspace;

  constructor(cacheRoot: string, workspace: Workspace) {
    this.#folder = join(cacheRoot, 'memo');
    this.#workspace = workspace;
  }

  async get(name: string): Promise<Json | undefined> {
    try {
      const saved = unseal(readFileSync(this.#path(name), 'utf8')) as Partial<Saved> | undefined;
      return saved?.version === 1 && saved.name === name ? saved.value : undefined;
    } catch {
      return undefined;
    }
  }

  /** Not flushed, because flow can compute a memo again after a power cut. */
  async put(name: string, value: Json): Promise<void> {
    const saved: Saved = { version: 1, name, value };
    this.#workspace.replace(this.#path(name), seal(saved), false, 'memo');
  }

  #path(name: string): string {
    if (!NAME.test(name)) throw new Error(`Internal error: bad memo name ${JSON.stringify(name)}`);
    return join(this.#folder, `m-${name}.json`);
  }
}

/** Paths of all files with names of memos, and of the digests by stat. */
export function memoFiles(cacheRoot: string): readonly string[] {
  const folder = join(cacheRoot, 'memo');
  return namesIn(folder)
    .filter((name) => /^(m-.*|stat-cache)\.json$/.test(name))
    .map((name) => join(folder, name));
}
