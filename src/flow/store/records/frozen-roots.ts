import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionKey } from '../../core/ids.ts';
import { isJsonObject } from '../../core/json.ts';
import { digestBytes, hexOf, isDigest } from '../../key/digest.ts';
import { namesIn } from '../disk/files.ts';
import { seal, unseal } from '../disk/sealed.ts';
import type { Workspace } from '../process/workspace.ts';

/** Instance -> the key of its frozen result. */
export type FrozenKeys = Readonly<Record<string, ActionKey>>;

/**
 * The results that gc keeps for stages with `freeze: true`: one file per pipeline below `cache/frozen/`,
 * since their runs may be gone.
 */
export class FrozenRoots {
  readonly #root: string;
  readonly #workspace: Workspace;

  constructor(cacheRoot: string, workspace: Workspace) {
    this.#root = cacheRoot;
    this.#workspace = workspace;
  }

  /** `pipeline`: the absolute path of its file. */
  of(pipeline: string): FrozenKeys {
    return keysIn(this.#path(pipeline));
  }

  set(pipeline: string, keys: FrozenKeys): void {
    if (JSON.stringify(this.of(pipeline)) === JSON.stringify(keys)) return;
    this.#workspace.replace(this.#path(pipeline), seal({ pipeline, keys }), true, 'memo');
  }

  #path(pipeline: string): string {
    return join(this.#root, 'frozen', `${hexOf(digestBytes(pipeline)).slice(0, 32)}.json`);
  }
}

/** Of all pipelines. */
export function frozenKeys(cacheRoot: string): ReadonlySet<ActionKey> {
  const folder = join(cacheRoot, 'frozen');
  const files = namesIn(folder).filter((name) => /^[0-9a-f]{32}\.json$/.test(name));
  return new Set(files.flatMap((name) => Object.values(keysIn(join(folder, name)))));
}

function keysIn(path: string): FrozenKeys {
  let saved: unknown;
  try {
    saved = unseal(readFileSync(path, 'utf8'));
  } catch {
    return {};
  }
  const { keys } = (saved ?? {}) as { readonly keys?: FrozenKeys };
  if (!isJsonObject(keys)) return {};
  return Object.fromEntries(Object.entries(keys).filter(([, key]) => isDigest(key))) as FrozenKeys;
}
