import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { InstanceId } from '../../core/ids.ts';
import { removeTree } from '../disk/remove-tree.ts';
import { fileName } from './runs.ts';

/** How to start the command of a kept attempt again. */
export interface KeptAttempt {
  readonly version: 1;
  readonly instance: InstanceId;
  readonly argv: readonly string[];
  /** Without secrets. Paths in it begin with the folder that the attempt had, or a short path to it. */
  readonly env: Readonly<Record<string, string>>;
  /** Names of variables. */
  readonly secrets: readonly string[];
  /** Where the attempt ran. */
  readonly folders: readonly string[];
  /** The message of its failure. */
  readonly failure: string;
}

/** `cache/kept/<run>/<instance>/`, the folders of failed attempts, each with `<instance>.json` beside it. */
export class Kept {
  readonly #root: string;

  constructor(cacheRoot: string) {
    this.#root = join(cacheRoot, 'kept');
  }

  /** Moves the folder of an attempt. An earlier attempt of this run at the instance is removed. */
  keep(scratch: string, run: string, attempt: KeptAttempt): string {
    const folder = this.#folder(run, attempt.instance);
    mkdirSync(dirname(folder), { recursive: true });
    removeTree(folder);
    writeFileSync(`${folder}.json`, JSON.stringify(attempt), { mode: 0o600 });
    renameSync(scratch, folder);
    return folder;
  }

  find(
    run: string,
    instance: InstanceId,
  ): { readonly folder: string; readonly attempt: KeptAttempt } | undefined {
    const folder = this.#folder(run, instance);
    try {
      const attempt = JSON.parse(readFileSync(`${folder}.json`, 'utf8')) as KeptAttempt;
      return attempt.version === 1 ? { folder, attempt } : undefined;
    } catch {
      return undefined;
    }
  }

  #folder(run: string, instance: InstanceId): string {
    return join(this.#root, run, fileName(instance));
  }
}
