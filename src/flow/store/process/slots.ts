import { lstatSync, mkdirSync, readdirSync, renameSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { failpoint } from '../disk/failpoints.ts';
import { removeTree } from '../disk/remove-tree.ts';
import type { Workspace } from './workspace.ts';

/** A stage's working folder. */
export interface Slot {
  /** Absolute; a new name for every stage. */
  readonly path: string;
  /** Empty folders that lie in it from before, relative, parents first. */
  readonly kept: readonly string[];
}

/** What the folders of most stages have in common. */
const KEPT: ReadonlySet<string> = new Set(['out', 'tmp', 'in']);
/** Written anew for each stage, into the same file. */
const STAGE_FILE = 'stage.json';

/**
 * Working folders of stages, used again under new names: making and removing ten folders is most of what a
 * small stage costs, and some file systems look at every folder removed in the last minute when they make
 * one. Only the folder of a stage of which surely nothing runs any more is used again, so that nobody is
 * left who could write into it; and only what is as it was made: kind, mode, owner, and no change of
 * attributes since the last change of entries.
 */
export class Slots {
  readonly #workspace: Workspace;
  #spare: Slot[] = [];
  #made: BigIntStats | undefined;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  take(): Slot {
    const path = this.#workspace.fresh('scratch-');
    const spare = this.#spare.pop();
    if (spare === undefined) {
      mkdirSync(path);
      this.#made ??= lstatSync(path, { bigint: true });
    } else renameSync(spare.path, path);
    failpoint('scratch.made');
    return { path, kept: spare?.kept ?? [] };
  }

  /** `alone`: nothing can write into it any more. Never fails: what resists is swept later. */
  giveBack({ path }: Slot, alone: boolean): void {
    failpoint('scratch.removing');
    try {
      const kept = alone && this.#isAsMade(path) ? this.#empty(path) : undefined;
      if (kept === undefined) removeTree(path);
      else this.#spare.push({ path, kept });
    } catch {
      // Swept when this process is gone.
    }
  }

  #empty(path: string): readonly string[] {
    const kept: string[] = [];
    for (const name of readdirSync(path)) {
      const child = join(path, name);
      if (KEPT.has(name) && this.#isAsMade(child)) {
        kept.push(name);
        if (name !== 'in') this.#clear(child);
        else kept.push(...this.#emptyInputs(child).map((each) => `in/${each}`));
      } else if (name !== STAGE_FILE || !isOwnFile(child)) removeTree(child);
    }
    return kept;
  }

  /** `in/` holds a folder an input. */
  #emptyInputs(path: string): readonly string[] {
    return readdirSync(path).filter((name) => {
      const child = join(path, name);
      const whole = this.#isAsMade(child);
      if (whole) this.#clear(child);
      else removeTree(child);
      return whole;
    });
  }

  #clear(path: string): void {
    for (const name of readdirSync(path, { encoding: 'buffer' })) {
      removeTree(Buffer.concat([Buffer.from(`${path}/`), name]));
    }
  }

  #isAsMade(path: string): boolean {
    const [made, stat] = [this.#made, lstatSync(path, { bigint: true })];
    return (
      made !== undefined &&
      stat.mode === made.mode &&
      stat.uid === made.uid &&
      stat.gid === made.gid &&
      stat.ctimeNs === stat.mtimeNs
    );
  }
}

/** A link of any kind would lead the next stage's text elsewhere; with other rights it could not be written. */
function isOwnFile(path: string): boolean {
  const stat = lstatSync(path, { bigint: true });
  return stat.isFile() && stat.nlink === 1n && stat.ctimeNs === stat.mtimeNs;
}
