import type { Artifact } from '../../core/artifact.ts';
import type { Failure, InstanceSummary, Outcome, RunSummary } from '../../core/events.ts';
import type { ActionKey, Digest, RunId } from '../../core/ids.ts';
import type { Dag, Instance } from '../../pipeline/dag.ts';
import type { Untimed } from '../emit.ts';

export interface Ending {
  readonly outcome: Outcome;
  /** Missing if it was not computed. */
  readonly key?: ActionKey | undefined;
  /** For a hit and for an instance that ran. */
  readonly outputs?: Readonly<Record<string, Artifact>> | undefined;
  /** Milliseconds that this run spent on it. */
  readonly wallMs: number;
  /** Of a hit: milliseconds that the run spent that computed it. */
  readonly savedMs?: number;
  readonly failure?: Failure;
}

/** How the instances of a run ended. */
export class Endings {
  readonly #ended = new Map<string, InstanceSummary>();

  /** Returns the event for it. */
  add({ id, stage, axes, freeze }: Instance, ending: Ending): Untimed {
    const { outcome, key: known, wallMs, savedMs, failure } = ending;
    const outputs = ending.outputs && digestsOf(ending.outputs);
    const key = known === undefined ? {} : { key: known };
    const wall_s = wallMs / 1000;
    const frozen = freeze && outcome === 'hit' ? { frozen: true as const } : {};
    this.#ended.set(id, {
      id,
      stage,
      axes,
      outcome,
      ...key,
      outputs: outputs ?? {},
      wall_s,
      ...frozen,
    });
    return {
      type: 'finished',
      id,
      outcome,
      ...key,
      wallMs,
      ...(savedMs !== undefined && { savedMs }),
      ...(failure !== undefined && { failure }),
      ...(outputs !== undefined && { outputs }),
      ...frozen,
    };
  }

  /** Whether every instance is a hit or ran. */
  allDone(dag: Dag): boolean {
    return dag.instances.every(({ id }) => {
      const outcome = this.#ended.get(id)?.outcome;
      return outcome === 'hit' || outcome === 'ran';
    });
  }

  /** `ok` unless something else went wrong; instances in the Dag's order. */
  summary(dag: Dag, run: RunId, wallMs: number, otherwiseOk: boolean): RunSummary {
    const instances = dag.instances
      .map((instance) => this.#ended.get(instance.id))
      .filter((instance) => instance !== undefined);
    const count = (outcome: Outcome): number =>
      instances.filter((instance) => instance.outcome === outcome).length;
    return {
      run_id: run,
      ok: otherwiseOk && this.allDone(dag),
      ran: count('ran'),
      hit: count('hit'),
      failed: count('failed'),
      skipped: count('skipped'),
      cancelled: count('cancelled'),
      wall_s: wallMs / 1000,
      instances,
    };
  }
}

function digestsOf(outputs: Readonly<Record<string, Artifact>>): Record<string, Digest> {
  const digests: Record<string, Digest> = Object.create(null);
  for (const [name, { digest }] of Object.entries(outputs)) digests[name] = digest;
  return digests;
}
