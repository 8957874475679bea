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

/**
 * The maximum number of earlier runs, and of results in them, because records of large runs take
 * time to read.
 */
const depth = 50;
const breadth = 50_000;

interface Past {
  /** Whether all runs were read. */
  readonly isWhole: boolean;
  readonly byInstance: ReadonlyMap<string, readonly PastResult[]>;
  readonly byStage: ReadonlyMap<string, readonly PastResult[]>;
}

/**
 * Results of the latest runs, or of those before a run, newest first. Reads each run once, when it
 * is first needed.
 */
export class History {
  readonly #runs: RunStore;
  readonly #before: string | undefined;
  #past: Promise<Past> | undefined;

  /** @param before the id of a run: this run and later ones do not count */
  constructor(runs: RunStore, before?: string) {
    this.#runs = runs;
    this.#before = before;
  }

  /** The results of one instance id. */
  async ofInstance(id: InstanceId): Promise<readonly PastResult[]> {
    return (await this.#all()).byInstance.get(id) ?? [];
  }

  /**
   * Whether no earlier run had a result of an instance. Not, if there are runs that were not read.
   *
   * @param own results of its latest run, which count as well
   */
  async isFirst(id: InstanceId, own = 0): Promise<boolean> {
    const { isWhole, byInstance } = await this.#all();
    return isWhole && (byInstance.get(id) ?? []).length <= own;
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
    let read = 0;
    for (const id of ids.slice(0, depth)) {
      if (results.length > breadth) break;
      read += 1;
      const record = await this.#runs.read(id);
      for (const { id: instance, stage, key, outcome } of record?.summary?.instances ?? []) {
        if (key === undefined || (outcome !== 'hit' && outcome !== 'ran')) continue;
        results.push({ run: id, key, instance, stage, outcome });
      }
    }
    return {
      isWhole: read === ids.length,
      byInstance: groupBy(results, ({ instance }) => instance),
      byStage: groupBy(results, ({ stage }) => stage),
    };
  }
}
