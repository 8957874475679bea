import type { Outcome } from '../../core/events.ts';
import { groupBy } from '../../core/group-by.ts';
import type { ActionKey, InstanceId } from '../../core/ids.ts';
import type { RunStore } from '../../store/records/runs.ts';

export interface PastResult {
  readonly run: string;
  readonly key: ActionKey;
  readonly instance: InstanceId;
  readonly stage: string;
  readonly outcome: Outcome;
}

/** Runs that are looked back on, and results in them: records of large runs take time to read. */
const depth = 50;
const breadth = 50_000;

interface Past {
  readonly byInstance: ReadonlyMap<string, readonly PastResult[]>;
  readonly byStage: ReadonlyMap<string, readonly PastResult[]>;
}

/** Results of the latest runs, or of those before a run, newest first; each run is read once, when it is first asked for. */
export class History {
  readonly #runs: RunStore;
  readonly #before: string | undefined;
  #past: Promise<Past> | undefined;

  /** @param before a run's id: it and what came after it do not count */
  constructor(runs: RunStore, before?: string) {
    this.#runs = runs;
    this.#before = before;
  }

  /** Those of one instance id. */
  async ofInstance(id: InstanceId): Promise<readonly PastResult[]> {
    return (await this.#all()).byInstance.get(id) ?? [];
  }

  async ofStage(stage: string): Promise<readonly PastResult[]> {
    return (await this.#all()).byStage.get(stage) ?? [];
  }

  #all(): Promise<Past> {
    this.#past ??= this.#read();
    return this.#past;
  }

  async #read(): Promise<Past> {
    const results: PastResult[] = [];
    const before = this.#before;
    const all = await this.#runs.list();
    const ids = before === undefined ? all : all.filter((id) => id < before);
    for (const id of ids.slice(0, depth)) {
      if (results.length > breadth) break;
      const record = await this.#runs.read(id);
      for (const { id: instance, stage, key, outcome } of record?.summary?.instances ?? []) {
        if (key === undefined || (outcome !== 'hit' && outcome !== 'ran')) continue;
        results.push({ run: id, key, instance, stage, outcome });
      }
    }
    return {
      byInstance: groupBy(results, ({ instance }) => instance),
      byStage: groupBy(results, ({ stage }) => stage),
    };
  }
}
