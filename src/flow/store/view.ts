import { chmodSync, lstatSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifact } from '../core/artifact.ts';
import type { Result } from '../core/result.ts';
import { err, ok } from '../core/result.ts';
import { messageOf } from '../core/system-error.ts';
import type { Artifacts } from './cas/artifacts.ts';
import { failpoint } from './disk/failpoints.ts';
import { namesIn } from './disk/files.ts';
import type { Workspace } from './process/workspace.ts';
import type { DamagedError, InputView, Viewed } from './store.ts';

/**
 * The inputs of a run's stages: `tmp/<process>/view/<n>/<name>`. Each is placed once, read-only, when the first
 * stage needs it, and all stages that read it link to it. It stays until the run ends, so that no file is linked
 * or unlinked while a stage reads it, which would change its ctime: tar stops with an error then.
 */
export class View implements InputView {
  readonly #workspace: Workspace;
  readonly #artifacts: Artifacts;
  /** By `keyOf`. */
  readonly #placed = new Map<string, Promise<Result<Viewed, DamagedError>>>();
  #root: string | undefined;
  #count = 0;

  constructor(workspace: Workspace, artifacts: Artifacts) {
    this.#workspace = workspace;
    this.#artifacts = artifacts;
  }

  async place(
    artifact: Artifact,
    name: string,
    inPlace = false,
  ): Promise<Result<Viewed, DamagedError>> {
    const key = keyOf(artifact, name, inPlace);
    const known = this.#placed.get(key);
    if (known !== undefined) return known;
    const placing = this.#place(key, artifact, name);
    this.#placed.set(key, placing);
    const placed = await placing;
    if (!placed.ok) this.#placed.delete(key);
    return placed;
  }

  async untouched(viewed: Viewed): Promise<boolean> {
    const { key, artifact, folder, path, sinceMs } = viewed;
    const isAlone = namesIn(folder).length === 1;
    if ((await this.#artifacts.untouched(artifact, path, sinceMs)) && isAlone) return true;
    this.#placed.delete(key);
    return false;
  }

  async #place(
    key: string,
    artifact: Artifact,
    name: string,
  ): Promise<Result<Viewed, DamagedError>> {
    try {
      if (this.#root === undefined) {
        this.#root = join(this.#workspace.folder(), 'view');
        mkdirSync(this.#root);
      }
      this.#count += 1;
      const folder = join(this.#root, String(this.#count));
      mkdirSync(folder);
      const path = join(folder, name);
      const placed = await this.#artifacts.materialise(artifact, path, 'read-only');
      if (!placed.ok) return placed;
      chmodSync(folder, 0o555);
      failpoint('view.placed');
      return ok({ key, folder, path, artifact, sinceMs: lstatSync(folder).ctimeMs });
    } catch (error) {
      return err({ code: 'io', digest: artifact.digest, message: messageOf(error) });
    }
  }
}

const keyOf = (artifact: Artifact, name: string, inPlace: boolean): string => {
  const exec = artifact.kind === 'file' && artifact.exec;
  return [name, artifact.kind, exec, artifact.digest, inPlace].join('\0');
};
