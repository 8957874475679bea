// The training loop of TD, TO and fine-tuning: one batch of one task per step.
import type { TokenRows } from '../data/token-rows.ts';
import type { TaskName } from '../tasks/task.ts';
import { Stream } from '../random.ts';
import { batchCount, epochBatches } from './batches.ts';
import type { Batching, TaskRows } from './batches.ts';
import type { Discriminator, Learner, StepLosses } from './learner.ts';
import { gatherRows, rowLength } from './gather.ts';
import { posWeights } from './pos-weight.ts';
import { schedule } from './schedule.ts';
import type { Schedule } from './schedule.ts';

/** One task's part of a training: some rows, or all, of its train split. */
export interface TrainingTask {
  readonly task: TaskName;
  readonly data: TokenRows;
  readonly rows: Uint32Array;
}

export interface TrainingSettings extends Batching {
  readonly epochs: number;
  readonly lr: number;
  /** Fraction of all steps in which the learning rate rises. */
  readonly warmup: number;
  /** How the learning rate falls; linearly if absent. */
  readonly schedule?: Schedule;
  /** Parts in which a batch is computed; see `StepSettings`. */
  readonly accumulate?: number;
  /** TD's second loss; absent in TO and fine-tuning. */
  readonly discriminator?: Discriminator['kind'];
  /** Factor of a task's labels, 1 if absent. */
  readonly labelScale?: Readonly<Partial<Record<TaskName, number>>>;
}

/** Means over the batches of an epoch. */
export interface EpochLosses {
  readonly task: number;
  readonly discriminator: number;
}

/** How far a training is. It resumes from this and the learner's state. */
export interface Position {
  readonly epoch: number;
  /** Batches of the epoch that are done. */
  readonly batch: number;
  /** Sums over these batches. */
  readonly sums: EpochLosses;
  /** The previous epochs. */
  readonly history: readonly EpochLosses[];
}

export const START: Position = {
  epoch: 0,
  batch: 0,
  sums: { task: 0, discriminator: 0 },
  history: [],
};

export interface TrainingHooks {
  /** After every step; rows trained on, of all rows of all epochs. */
  readonly onStep?: (done: number, total: number) => void;
  /** After an epoch's last step; `epoch` from 1. */
  readonly onEpoch?: (epoch: number, losses: EpochLosses) => void | Promise<void>;
  /** After every step, and after `onEpoch`: a caller may save a state here. */
  readonly onPosition?: (position: Position) => void | Promise<void>;
}

/**
 * Trains from `position` to the end. If the learner's state is that of the position, the result has the
 * same bits as without the interruption.
 *
 * @param tasks with a discriminator: all of its tasks, in the order of its outputs
 * @returns the losses of every epoch
 */
export async function train(
  learner: Learner,
  tasks: readonly TrainingTask[],
  settings: TrainingSettings,
  hooks: TrainingHooks = {},
  position: Position = START,
): Promise<readonly EpochLosses[]> {
  const taking = tasks.filter(({ rows }) => rows.length > 0);
  const byName = new Map(taking.map((task) => [task.task, task]));
  const plan: readonly TaskRows[] = taking.map(({ task, data, rows }) => ({
    task,
    rows,
    length: (row) => rowLength(data, row),
  }));
  const counts = tasks.map(({ rows }) => batchCount(rows.length, settings.batch));
  const perEpoch = counts.reduce((sum, n) => sum + n, 0);
  if (perEpoch === 0) throw new Error('no rows to train on');
  const rowsPerEpoch = tasks.reduce((sum, { rows }) => sum + rows.length, 0);
  const steps = perEpoch * settings.epochs;
  const rate = schedule(settings.schedule ?? 'linear', settings.lr, steps, settings.warmup);
  const loss = discriminatorLoss(settings.discriminator, counts);

  const history = [...position.history];
  let { batch, sums } = position;
  for (let epoch = position.epoch; epoch < settings.epochs; epoch++) {
    const batches = epochBatches(plan, epoch, settings);
    let done = epoch * rowsPerEpoch;
    for (const { rows } of batches.slice(0, batch)) done += rows.length;
    while (batch < batches.length) {
      const { task, rows } = batches[batch] as (typeof batches)[number];
      const { data } = byName.get(task) as TrainingTask;
      const step = epoch * perEpoch + batch;
      const losses = await learner.step(gatherRows(task, data, rows, settings.labelScale?.[task]), {
        lr: rate(step),
        dropoutSeed: Stream.named(settings.seed, 'dropout', `${step}`).u32(),
        ...(settings.accumulate === undefined ? {} : { accumulate: settings.accumulate }),
        ...loss,
      });
      checkFinite(losses, step + 1);
      sums = {
        task: sums.task + losses.task,
        discriminator: sums.discriminator + losses.discriminator,
      };
      batch += 1;
      done += rows.length;
      hooks.onStep?.(done, rowsPerEpoch * settings.epochs);
      if (batch < batches.length)
        await hooks.onPosition?.({ epoch, batch, sums, history: history.slice() });
    }
    const means = { task: sums.task / perEpoch, discriminator: sums.discriminator / perEpoch };
    history.push(means);
    await hooks.onEpoch?.(epoch + 1, means);
    ({ batch, sums } = START);
    await hooks.onPosition?.({ epoch: epoch + 1, batch, sums, history: history.slice() });
  }
  return history;
}

/** NaN or infinite gradients give such weights, which no loss would show after the last step. */
function checkFinite({ task, discriminator, gradientNorm = 0 }: StepLosses, step: number): void {
  const values = { loss: task + discriminator, "gradients' norm": gradientNorm };
  for (const [what, value] of Object.entries(values)) {
    if (Number.isFinite(value)) continue;
    throw new Error(`the ${what} became ${value} at step ${step}: lower the learning rate`);
  }
}

function discriminatorLoss(
  kind: Discriminator['kind'] | undefined,
  counts: readonly number[],
): { readonly discriminator?: Discriminator } {
  if (kind === undefined) return {};
  return {
    discriminator: kind === 'ce' ? { kind } : { kind, posWeight: posWeights(counts) },
  };
}
