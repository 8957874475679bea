import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Artifact } from '../core/artifact.ts';
import type { ActionRecords } from './records/action-records.ts';
import type { ActionResult } from './records/action-result.ts';
import type { Artifacts } from './cas/artifacts.ts';
import type { DamageReports } from './damage.ts';
import type { Flush } from './disk/flush.ts';
import type { Published } from './store.ts';

/** Action results together with their outputs: which still count, and whose is the first. */
export class Results {
  readonly #root: string;
  readonly #records: ActionRecords;
  readonly #artifacts: Artifacts;
  readonly #flush: Flush;
  readonly #damage: DamageReports;

  constructor(
    root: string,
    records: ActionRecords,
    artifacts: Artifacts,
    flush: Flush,
    damage: DamageReports,
  ) {
    this.#root = root;
    this.#records = records;
    this.#artifacts = artifacts;
    this.#flush = flush;
    this.#damage = damage;
  }

  /** Reports the first missing output. */
  async hasOutputs(instance: string, outputs: ActionResult['outputs']): Promise<boolean> {
    for (const [name, artifact] of Object.entries(outputs)) {
      if (await this.#artifacts.has(artifact)) continue;
      const of = `output ${name} of ${instance}`;
      const message = `${of} is missing from the cache or damaged; flow computes it again`;
      const path = join(this.#root, 'cas');
      this.#damage.report({ what: 'blob', path, message, digest: artifact.digest });
      return false;
    }
    return true;
  }

  /** Resolves when the record is there, after all that it names: see `BlobSeal` and `Flush`. */
  async publish(result: ActionResult, replace: boolean): Promise<Published> {
    const draft = this.#records.draft(result);
    try {
      await this.#flush.group();
      // After the flush: what the disk has refused, or a stage has spoiled meanwhile, is gone by now.
      for (const [name, artifact] of Object.entries(result.outputs)) {
        if (!(await this.#artifacts.has(artifact))) {
          return { kind: 'lost', output: name };
        }
      }
      if (this.#records.place(draft, result.key)) return { kind: 'published', differing: [] };
      const first = this.#records.read(result.key);
      if (
        !replace &&
        first !== undefined &&
        (await this.hasOutputs(first.provenance.instance, first.outputs))
      ) {
        return { kind: 'adopted', result: first, differing: differing(result, first) };
      }
      this.#records.replace(draft, result.key);
      const replaced = replace && first !== undefined ? differing(result, first) : [];
      return { kind: 'published', differing: replaced };
    } finally {
      rmSync(draft, { force: true });
    }
  }
}

/** The names of outputs whose bytes differ between two executions of one action. */
function differing(mine: ActionResult, first: ActionResult): readonly string[] {
  const names = new Set([...Object.keys(mine.outputs), ...Object.keys(first.outputs)]);
  return [...names].filter((name) => {
    const [a, b] = [mine.outputs[name], first.outputs[name]];
    return a?.digest !== b?.digest || a?.kind !== b?.kind || execOf(a) !== execOf(b);
  });
}

const execOf = (artifact: Artifact | undefined): boolean =>
  artifact?.kind === 'file' && artifact.exec;
