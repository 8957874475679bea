import type { Artifact } from '../../core/artifact.ts';
import type { Failure, InstanceSummary, Outcome, RunSummary } from '../../core/events.ts';
import type { Digest, InstanceId, RunId } from '../../core/ids.ts';
import type { Dag } from '../../pipeline/dag.ts';
import type { Emit, Untimed } from '../emit.ts';
import type { Work } from './work.ts';

/** How every instance of a run ended; tells it once and keeps it for the summary. */
export class Ledger {
  readonly #emit: Emit;
  readonly #clock: () => number;
  readonly #ended = new Map<string, InstanceSummary>();

  constructor(emit: Emit, clock: () => number) {
    this.#emit = emit;
    this.#clock = clock;
  }

  ended(
    work: Work,
    outcome: Outcome,
    more: { readonly savedMs?: number; readonly failure?: Failure } = {},
  ): void {
    const { instance, found, startedAt } = work;
    const { id, stage, axes } = instance;
    const wallMs = startedAt === undefined ? 0 : this.#clock() - startedAt;
    const wall_s = wallMs / 1000;
    const made = outcome === 'hit' || outcome === 'ran' ? work.made : undefined;
    if (made === undefined) {
      const known = found === undefined || found.state === 'broken' ? {} : { key: found.key };
      this.#ended.set(id, { id, stage, axes, outcome, ...known, outputs: {}, wall_s });
      this.#emit({ type: 'finished', id, outcome, ...known, wallMs, ...more });
      return;
    }
    const { key } = made;
    const outputs = digestsOf(made.outputs);
    this.#ended.set(id, { id, stage, axes, outcome, key, outputs, wall_s });
    this.#emit({ type: 'finished', id, outcome, key, wallMs, ...more, outputs });
  }

  /** `ok` unless something else went wrong; instances in the Dag's order. */
  summary(dag: Dag, run: RunId, startedAt: number, otherwiseOk: boolean): RunSummary {
    const instances = dag.instances
      .map((instance) => this.#ended.get(instance.id))
      .filter((instance) => instance !== undefined);
    const count = (outcome: Outcome): number =>
      instances.filter((instance) => instance.outcome === outcome).length;
    const [ran, hit] = [count('ran'), count('hit')];
    return {
      run_id: run,
      ok: otherwiseOk && ran + hit === dag.instances.length,
      ran,
      hit,
      failed: count('failed'),
      skipped: count('skipped'),
      cancelled: count('cancelled'),
      wall_s: (this.#clock() - startedAt) / 1000,
      instances,
    };
  }

  /** Every instance is a hit or ran. */
  allDone(dag: Dag): boolean {
    return dag.instances.every(({ id }) => {
      const outcome = this.#ended.get(id)?.outcome;
      return outcome === 'hit' || outcome === 'ran';
    });
  }
}

function digestsOf(outputs: Readonly<Record<string, Artifact>>): Record<string, Digest> {
  const digests: Record<string, Digest> = Object.create(null);
  for (const [name, { digest }] of Object.entries(outputs)) digests[name] = digest;
  return digests;
}

/** A result was stored before, and this one has other bytes. */
export function nonDeterministic(id: InstanceId, differing: readonly string[]): Untimed {
  const names = differing.map((name) => `'${name}'`).join(', ');
  const message = `${id} wrote other bytes than the result that is already stored: ${names}; the stored one is kept`;
  return { type: 'warning', code: 'non-deterministic', message, id };
}
