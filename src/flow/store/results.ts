import { join } from 'node:path';
import type { Artifact } from '../core/artifact.ts';
import type { ActionRecords } from './records/action-records.ts';
import type { ActionResult } from './records/action-result.ts';
import type { Artifacts } from './cas/artifacts.ts';
import type { DamageReports } from './damage.ts';
import type { Published } from './store.ts';

/** Action results together with their outputs: which still count, and whose is the first. */
export class Results {
  readonly #root: string;
  readonly #records: ActionRecords;
  readonly #artifacts: Artifacts;
  readonly #damage: DamageReports;

  constructor(root: string, records: ActionRecords, artifacts: Artifacts, damage: DamageReports) {
    this.#root = root;
    this.#records = records;
    this.#artifacts = artifacts;
    this.#damage = damage;
  }

  /** The first output that is missing is reported. */
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

  async publish(result: ActionResult): Promise<Published> {
    for (const [name, artifact] of Object.entries(result.outputs)) {
      if (!(await this.#artifacts.has(artifact))) {
        throw new Error(`Output ${name} is not in the store`);
      }
    }
    if (await this.#records.write(result, false)) return { kind: 'published' };
    const first = this.#records.read(result.key);
    if (first === undefined || !(await this.hasOutputs(first.provenance.instance, first.outputs))) {
      await this.#records.write(result, true);
      return { kind: 'published' };
    }
    return { kind: 'adopted', result: first, differing: differing(result, first) };
  }
}

/** Names of outputs whose bytes differ between two executions of one action. */
function differing(mine: ActionResult, first: ActionResult): readonly string[] {
  const names = new Set([...Object.keys(mine.outputs), ...Object.keys(first.outputs)]);
  return [...names].filter((name) => {
    const [a, b] = [mine.outputs[name], first.outputs[name]];
    return a?.digest !== b?.digest || a?.kind !== b?.kind || execOf(a) !== execOf(b);
  });
}

const execOf = (artifact: Artifact | undefined): boolean =>
  artifact?.kind === 'file' && artifact.exec;
