import type { Failure } from '../../core/events.ts';
import type { InstanceId } from '../../core/ids.ts';
import type { AttemptOutcome } from '../attempt/attempt.ts';
import type { Effects } from './effects.ts';
import { isRetried } from '../attempt/failure.ts';
import { nonDeterministic } from './ledger.ts';
import type { Emit } from '../emit.ts';
import type { SurveyTools } from '../survey/survey.ts';
import { knownResult } from '../survey/survey-memo.ts';
import type { Performer } from './performer.ts';
import type { Progress } from './bookkeeping.ts';
import type { ResolvedAction } from '../survey/resolve-action.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import type { Waits } from './waits.ts';
import { actionOf } from './work.ts';
import type { WorkTable } from './work.ts';

export interface AttemptOutcomesInput {
  readonly scheduler: Scheduler;
  readonly table: WorkTable;
  readonly progress: Progress;
  readonly waits: Waits;
  readonly effects: Effects;
  readonly performer: Performer;
  readonly tools: SurveyTools;
  readonly emit: Emit;
  readonly fail: (task: number, failure: Failure) => void;
}

/** What follows from an attempt: the end of its task, another attempt, or an input made once more. */
export class AttemptOutcomes {
  readonly #input: AttemptOutcomesInput;

  constructor(input: AttemptOutcomesInput) {
    this.#input = input;
  }

  async conclude(task: number, outcome: AttemptOutcome): Promise<void> {
    const { scheduler, table, progress, performer, tools, emit, fail } = this.#input;
    const work = table.at(task);
    const { id, retries } = work.instance;
    if (
      outcome.kind === 'failed' &&
      retries !== undefined &&
      !scheduler.stopped &&
      isRetried(outcome.failure, retries, work.attempts)
    ) {
      const afterMs = retries.backoffMs * 2 ** (work.attempts - 1);
      this.#retry(task, outcome.failure, afterMs);
      return;
    }
    await performer.unlock(work);
    switch (outcome.kind) {
      case 'published': {
        if (outcome.differing.length > 0) emit(nonDeterministic(id, outcome.differing));
        const result = knownResult(outcome.result);
        tools.memo.learn(id, actionOf(work).argumentText, result);
        progress.ran(task, result);
        return;
      }
      case 'failed':
        fail(task, outcome.failure);
        return;
      case 'cancelled':
        scheduler.cancel(task);
        return;
      case 'damaged-input':
        await this.#reopen(task, outcome);
    }
  }

  /** Keeps the lock, but not the slots. */
  #retry(task: number, failure: Failure, afterMs: number): void {
    const { scheduler, table, waits, effects, emit } = this.#input;
    const work = table.at(task);
    const attempt = work.attempts + 1;
    emit({ type: 'retrying', id: work.instance.id, attempt, afterMs, failure });
    scheduler.postpone(task);
    effects.start(waits.backOff(task, afterMs));
  }

  /** What made a damaged input makes it once more; a damaged copy of a source is taken again. */
  async #reopen(
    task: number,
    { origin, message }: Extract<AttemptOutcome, { kind: 'damaged-input' }>,
  ): Promise<void> {
    const { scheduler, table, tools, emit, fail } = this.#input;
    const work = table.at(task);
    const failure: Failure = { reason: 'store', message };
    emit({ type: 'warning', code: 'damaged-input', message, id: work.instance.id });
    if ('source' in origin) {
      if (!(await tools.resolver.takeAgain(origin.source))) {
        fail(task, sourceChanged(origin.source));
      } else if (work.attempts === 1 && !scheduler.stopped) this.#retry(task, failure, 0);
      else fail(task, failure);
      return;
    }
    const maker = table.indexOf(origin.instance as InstanceId);
    await tools.store.dropAction(origin.key as ResolvedAction['key']);
    if (scheduler.reopen(maker, task)) delete table.at(maker).made;
    else if (scheduler.stopped) scheduler.cancel(task);
    else fail(task, failure);
  }
}

function sourceChanged(source: string): Failure {
  const message = `${source} changed while the run was going`;
  return { reason: 'input-changed', message, hint: 'run again' };
}
