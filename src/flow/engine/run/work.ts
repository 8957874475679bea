import type { Failure } from '../../core/events.ts';
import type { InstanceId } from '../../core/ids.ts';
import type { Instance } from '../../pipeline/dag.ts';
import type { Submitted } from '../process/executor.ts';
import type { Found } from '../survey/survey.ts';
import type { Made, ResolvedAction } from '../survey/resolve-action.ts';

/** What a run keeps of an instance beside its state. */
export interface Work {
  readonly instance: Instance;
  /** It runs even if it is a hit. */
  readonly forced: boolean;
  /** Absent until its key is known. */
  found?: Found;
  /** Absent until it is done. */
  made?: Made;
  /** Attempts begun. */
  attempts: number;
  /** Milliseconds since the epoch, of the first attempt. */
  startedAt?: number;
  /** What runs now. */
  submitted?: Submitted;
  /** Gives up the lock of its key, while it is held. */
  release?: () => Promise<void>;
}

/** The work of a run by task number: the index of the instance in the Dag. */
export class WorkTable {
  readonly all: readonly Work[];
  readonly #index: ReadonlyMap<InstanceId, number>;

  constructor(instances: readonly Instance[], forced: ReadonlySet<InstanceId>) {
    this.all = instances.map((instance) => ({
      instance,
      forced: forced.has(instance.id),
      attempts: 0,
    }));
    this.#index = new Map(instances.map(({ id }, index) => [id, index]));
  }

  at(task: number): Work {
    const work = this.all[task];
    if (work === undefined) throw new Error(`Internal error: no task ${task}`);
    return work;
  }

  indexOf(id: InstanceId): number {
    const index = this.#index.get(id);
    if (index === undefined) throw new Error(`Internal error: no instance ${id}`);
    return index;
  }
}

export function actionOf(work: Work): ResolvedAction {
  if (work.found?.state !== 'miss') {
    throw new Error(`Internal error: ${work.instance.id} is no miss`);
  }
  return work.found.action;
}

/** Trouble of the cache's disk is a failure of the instance; anything else is a bug and thrown on. */
export function storeFailure(error: unknown): Failure {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || typeof code !== 'string' || syscall === undefined) throw error;
  return {
    reason: 'store',
    message: error.message,
    ...(hints[code] !== undefined && { hint: hints[code] }),
  };
}

const hints: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk that holds the cache is full',
  ENOENT: 'another program removed it while flow was running',
};
