import type { Outcome } from '../core/events.ts';
import type { ActionKey, InstanceId } from '../core/ids.ts';
import type { RunStore } from '../store/runs.ts';

export interface PastResult {
  readonly run: string;
  readonly key: ActionKey;
  readonly instance: InstanceId;
  readonly stage: string;
  readonly outcome: Outcome;
}

/** Runs that are looked back on. */
const depth = 50;

/** Results of the latest runs, newest first; each run is read once, when it is first asked for. */
export class History {
  readonly #runs: RunStore;
  #results: Promise<readonly PastResult[]> | undefined;

  constructor(runs: RunStore) {
    this.#runs = runs;
  }

  /** Those of one instance id. */
  async ofInstance(id: InstanceId): Promise<readonly PastResult[]> {
    return (await this.#all()).filter((result) => result.instance === id);
  }

  async ofStage(stage: string): Promise<readonly PastResult[]> {
    return (await this.#all()).filter((result) => result.stage === stage);
  }

  #all(): Promise<readonly PastResult[]> {
    this.#results ??= this.#read();
    return this.#results;
  }

  async #read(): Promise<readonly PastResult[]> {
    const results: PastResult[] = [];
    for (const id of (await this.#runs.list()).slice(0, depth)) {
      const record = await this.#runs.read(id);
      for (const { id: instance, stage, key, outcome } of record?.summary?.instances ?? []) {
        if (key === undefined || (outcome !== 'hit' && outcome !== 'ran')) continue;
        results.push({ run: id, key, instance, stage, outcome });
      }
    }
    return results;
  }
}
