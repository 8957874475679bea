import { isJsonObject } from '../../core/json.ts';
import { linkSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifact } from '../../core/artifact.ts';
import type { ActionKey } from '../../core/ids.ts';
import { isDigest } from '../../key/digest.ts';
import type { ActionResult } from './action-result.ts';
import type { DamageReports } from '../damage.ts';
import { failpoint } from '../disk/failpoints.ts';
import type { Flush } from '../disk/flush.ts';
import { Shards } from '../disk/shards.ts';
import { actionPath } from '../layout.ts';
import { seal, unseal } from '../disk/sealed.ts';
import { UNTRUSTED_MS } from '../../key/files/file-times.ts';
import { errorCode } from '../../core/system-error.ts';
import type { Workspace } from '../process/workspace.ts';
import { namesIn, textIfThere, writeWhole } from '../disk/files.ts';

const HEX = /^[0-9a-f]{64}$/;

/** Numbers, because writing thousands of them as text takes longer than the stats. */
export type StampFacts = readonly [size: number, mtimeMs: number, ctimeMs: number, ino: number];

/** The part of a record's stat that changes when its bytes may have changed. */
export interface RecordStamp {
  readonly facts: StampFacts;
  /** Whether the last change is so old that a later one would show. */
  readonly settled: boolean;
}

/** The files below `actions/`. */
export class ActionRecords {
  readonly #root: string;
  readonly #workspace: Workspace;
  readonly #damage: DamageReports;
  readonly #flush: Flush;
  readonly #shards: Shards;
  readonly #clock: () => number;

  constructor(
    root: string,
    workspace: Workspace,
    damage: DamageReports,
    flush: Flush,
    clock: () => number = Date.now,
  ) {
    this.#root = root;
    this.#workspace = workspace;
    this.#damage = damage;
    this.#flush = flush;
    // A power cut can remove the name again. That costs one result, and nobody waits for it.
    this.#shards = new Shards((folder) => flush.placedLast(folder));
    this.#clock = clock;
  }

  /** Reports and removes a damaged record: a miss. */
  read(key: ActionKey): ActionResult | undefined {
    const path = actionPath(this.#root, key);
    const text = textIfThere(path);
    if (text === undefined) return undefined;
    const result = parse(text);
    if (result?.key === key) return result;
    const removed = this.#workspace.isReadOnly ? '' : '; flow removed it';
    this.#damage.report({ what: 'action', path, message: `${path} is damaged${removed}` });
    if (!this.#workspace.isReadOnly) this.drop(key);
    return undefined;
  }

  /** Cheaper than reading it; undefined if it does not exist. */
  stamp(key: ActionKey): RecordStamp | undefined {
    const stat = statSync(actionPath(this.#root, key), { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    const { size, ino, mtimeMs, ctimeMs } = stat;
    return {
      facts: [size, mtimeMs, ctimeMs, ino],
      settled: this.#clock() - Math.max(mtimeMs, ctimeMs) >= UNTRUSTED_MS,
    };
  }

  /**
   * Writes a result next to the records; the next flush brings it to the disk. Returns its path.
   */
  draft(result: ActionResult): string {
    const path = this.#workspace.fresh('action');
    writeWhole(path, seal(result), false);
    failpoint('action.written');
    this.#flush.written({ path, flushed: () => undefined, lost: () => undefined });
    return path;
  }

  /**
   * Makes a flushed draft the record of its key, unless there is one: link(2) fails there, so that the first
   * publisher wins, between processes, too. false: another one was first.
   */
  place(draft: string, key: ActionKey): boolean {
    try {
      const path = actionPath(this.#root, key);
      this.#shards.put(path, () => linkSync(draft, path));
      failpoint('action.linked');
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      throw error;
    }
    return true;
  }

  /** The same, replacing a record that is known to be invalid. */
  replace(draft: string, key: ActionKey): void {
    const path = actionPath(this.#root, key);
    this.#shards.put(path, () => renameSync(draft, path));
    failpoint('action.replaced');
  }

  drop(key: ActionKey): void {
    try {
      unlinkSync(actionPath(this.#root, key));
      failpoint('action.dropped');
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }

  *all(): Iterable<ActionResult> {
    for (const { hex } of this.#files()) {
      const result = this.read(`sha256:${hex}` as ActionKey);
      if (result !== undefined) yield result;
    }
  }

  /** All files, damaged ones too, without dropping any. `hex`: the key's digits, if it is a record. */
  *inspect(): Iterable<{ path: string; hex: string; result: ActionResult | undefined }> {
    for (const { path, hex } of this.#files()) {
      const text = textIfThere(path);
      if (text === undefined) continue;
      const result = parse(text);
      yield { path, hex, result: result?.key === `sha256:${hex}` ? result : undefined };
    }
  }

  #files(): Iterable<{ path: string; hex: string }> {
    return filesBelow(this.#root);
  }
}

function* filesBelow(cacheRoot: string): Iterable<{ path: string; hex: string }> {
  const folder = join(cacheRoot, 'actions');
  for (const shard of namesIn(folder)) {
    for (const name of namesIn(join(folder, shard))) {
      yield { path: join(folder, shard, name), hex: name.replace(/\.json$/, '') };
    }
  }
}

/** Paths of all files with names of records. */
export function recordFiles(cacheRoot: string): readonly string[] {
  return [...filesBelow(cacheRoot)].flatMap(({ path, hex }) => (HEX.test(hex) ? [path] : []));
}

export function recordKeys(cacheRoot: string): readonly ActionKey[] {
  return [...filesBelow(cacheRoot)].flatMap(({ hex }) =>
    HEX.test(hex) ? [`sha256:${hex}` as ActionKey] : [],
  );
}

function parse(text: string): ActionResult | undefined {
  const value = unseal(text) as Partial<ActionResult> | undefined;
  if (value?.version !== 1 || typeof value.key !== 'string') return undefined;
  const { outputs, manifest, provenance, execution } = value;
  if (![outputs, manifest, provenance, execution].every(isJsonObject)) return undefined;
  if (!Object.values(outputs ?? {}).every(isArtifact)) return undefined;
  return value as ActionResult;
}

function isArtifact(value: Partial<Artifact> | null): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (typeof value.digest !== 'string' || !isDigest(value.digest)) return false;
  if (!Number.isSafeInteger(value.size)) return false;
  return value.kind === 'tree' || (value.kind === 'file' && typeof value.exec === 'boolean');
}
