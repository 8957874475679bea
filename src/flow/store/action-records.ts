import { linkSync, readFileSync, renameSync, statSync, unlinkSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Artifact } from '../core/artifact.ts';
import type { ActionKey } from '../core/ids.ts';
import { isDigest } from '../key/digest.ts';
import type { ActionResult } from './action-result.ts';
import type { DamageReports } from './damage.ts';
import { failpoint } from './failpoints.ts';
import { actionPath } from './layout.ts';
import { seal, unseal } from './sealed.ts';
import { UNTRUSTED_MS } from '../key/file-times.ts';
import { errorCode } from './system-error.ts';
import type { Workspace } from './workspace.ts';
import { fsyncFolder, namesIn, writeWhole } from './workspace.ts';

/** What of a record's stat changes when its bytes may have. */
export interface RecordStamp {
  readonly text: string;
  /** The last change is so long ago that a later one would show. */
  readonly settled: boolean;
}

/** The files below `actions/`. */
export class ActionRecords {
  readonly #root: string;
  readonly #workspace: Workspace;
  readonly #damage: DamageReports;
  readonly #fsync: boolean;
  readonly #clock: () => number;

  constructor(
    root: string,
    workspace: Workspace,
    damage: DamageReports,
    fsync: boolean,
    clock: () => number = Date.now,
  ) {
    this.#root = root;
    this.#workspace = workspace;
    this.#damage = damage;
    this.#fsync = fsync;
    this.#clock = clock;
  }

  /** A damaged record is reported and dropped: a miss. */
  read(key: ActionKey): ActionResult | undefined {
    const path = actionPath(this.#root, key);
    const text = readIfThere(path);
    if (text === undefined) return undefined;
    const result = parse(text);
    if (result?.key === key) return result;
    this.#damage.report({ what: 'action', path, message: `${path} is damaged; dropped` });
    this.drop(key);
    return undefined;
  }

  /** Cheaper than reading it; undefined: there is none. */
  stamp(key: ActionKey): RecordStamp | undefined {
    const stat = statSync(actionPath(this.#root, key), { throwIfNoEntry: false });
    if (stat === undefined) return undefined;
    const { size, ino, mtimeMs, ctimeMs } = stat;
    return {
      text: `${size}:${mtimeMs}:${ctimeMs}:${ino}`,
      settled: this.#clock() - Math.max(mtimeMs, ctimeMs) >= UNTRUSTED_MS,
    };
  }

  /**
   * link(2) fails where a record already is, which makes the first publisher win even between processes.
   * `replace`: the record in the way is known to be worthless. false: another one was first.
   */
  async write(result: ActionResult, replace: boolean): Promise<boolean> {
    const path = actionPath(this.#root, result.key);
    const temp = this.#workspace.fresh('action');
    writeWhole(temp, seal(result), this.#fsync);
    failpoint('action.written');
    const made = await mkdir(dirname(path), { recursive: true });
    if (replace) {
      renameSync(temp, path);
      failpoint('action.replaced');
    } else if (!linkIfAbsent(temp, path)) return false;
    if (this.#fsync) {
      fsyncFolder(dirname(path));
      if (made !== undefined) fsyncFolder(dirname(dirname(path)));
    }
    failpoint('action.flushed');
    return true;
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
      const text = readIfThere(path);
      if (text === undefined) continue;
      const result = parse(text);
      yield { path, hex, result: result?.key === `sha256:${hex}` ? result : undefined };
    }
  }

  *#files(): Iterable<{ path: string; hex: string }> {
    const folder = join(this.#root, 'actions');
    for (const shard of namesIn(folder)) {
      for (const name of namesIn(join(folder, shard))) {
        yield { path: join(folder, shard, name), hex: name.replace(/\.json$/, '') };
      }
    }
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function linkIfAbsent(temp: string, path: string): boolean {
  try {
    linkSync(temp, path);
    failpoint('action.linked');
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(temp);
  }
}

function parse(text: string): ActionResult | undefined {
  const value = unseal(text) as Partial<ActionResult> | undefined;
  if (value?.version !== 1 || typeof value.key !== 'string') return undefined;
  const { outputs, manifest, provenance, execution } = value;
  if (![outputs, manifest, provenance, execution].every(isObject)) return undefined;
  if (!Object.values(outputs ?? {}).every(isArtifact)) return undefined;
  return value as ActionResult;
}

const isObject = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function isArtifact(value: Partial<Artifact> | null): boolean {
  if (value === null || typeof value !== 'object') return false;
  if (typeof value.digest !== 'string' || !isDigest(value.digest)) return false;
  if (!Number.isSafeInteger(value.size)) return false;
  return value.kind === 'tree' || (value.kind === 'file' && typeof value.exec === 'boolean');
}

/** Names of outputs whose bytes differ between two executions of one action. */
export function differing(mine: ActionResult, first: ActionResult): readonly string[] {
  const names = new Set([...Object.keys(mine.outputs), ...Object.keys(first.outputs)]);
  return [...names].filter((name) => {
    const [a, b] = [mine.outputs[name], first.outputs[name]];
    return a?.digest !== b?.digest || a?.kind !== b?.kind || execOf(a) !== execOf(b);
  });
}

const execOf = (artifact: Artifact | undefined): boolean =>
  artifact?.kind === 'file' && artifact.exec;
