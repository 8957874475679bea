import type { Failure } from '../core/events.ts';
import type { Instance } from '../pipeline/dag.ts';
import type { Submitted } from './executor.ts';
import type { Found } from './lookup.ts';
import type { Made, ResolvedAction } from './resolve-action.ts';

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

export function actionOf(work: Work): ResolvedAction {
  if (work.found === undefined || work.found.state === 'broken') {
    throw new Error(`Internal error: ${work.instance.id} has no key yet`);
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
    ...(code === 'ENOSPC' ? { hint: 'the disk that holds the cache is full' } : {}),
  };
}
