import type { Failure } from '../../core/events.ts';
import type { InstanceId } from '../../core/ids.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { Made, ResolvedAction } from '../survey/resolve-action.ts';
import type { KnownResult } from '../survey/survey-memo.ts';
import type { Found } from '../survey/survey.ts';

/** The facts about an instance of a run, in addition to its state. */
export interface Work {
  readonly instance: Instance;
  /** Whether it runs even if it is a hit, and its result replaces the stored one. */
  readonly forced: boolean;
  /** Missing until its key is known. */
  found?: Found;
  /** Missing until it is done. */
  made?: KnownResult;
  /** Of its last attempt, while it waits for the next one. */
  failure?: Failure;
  /** Attempts begun. */
  attempts: number;
  /** Milliseconds since the epoch, of the first attempt. */
  startedAt?: number;
}

/** The work of a run by task number: the index of the instance in the Dag. */
export class WorkTable {
  readonly all: readonly Work[];
  readonly #index: ReadonlyMap<InstanceId, number>;

  constructor(instances: readonly Instance[], force: readonly InstanceId[]) {
    const forced = new Set(force);
    this.all = instances.map((instance) => ({
      instance,
      forced: forced.has(instance.id),
      attempts: 0,
    }));
    this.#index = new Map(instances.map(({ id }, task) => [id, task]));
  }

  at(task: number): Work {
    const work = this.all[task];
    if (work === undefined) throw new Error(`Internal error: no task ${task}`);
    return work;
  }

  task(id: InstanceId): number {
    const task = this.#index.get(id);
    if (task === undefined) throw new Error(`Internal error: no instance ${id}`);
    return task;
  }

  /** Only for a miss. */
  action(task: number): ResolvedAction {
    const { found, instance } = this.at(task);
    if (found?.state !== 'miss') throw new Error(`Internal error: ${instance.id} is no miss`);
    return found.action;
  }

  /** undefined: it is not done. */
  made(id: InstanceId): Made | undefined {
    return this.at(this.task(id)).made;
  }
}
