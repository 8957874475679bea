import { openBackend } from '../../../src/ml/backend/open.ts';
import type { BackendName } from '../../../src/ml/backend/open.ts';
import type { TaskName } from '../../../src/ml/tasks/task.ts';
import type { EncoderConfig } from '../../../src/ml/encoder/config.ts';
import { initialWeights } from '../../../src/ml/encoder/init.ts';
import { createLearner } from '../../../src/ml/train/encoder-learner.ts';
import type { LearnerSettings } from '../../../src/ml/train/encoder-learner.ts';
import { asFitsOn } from '../../golden/backends.ts';
import { raggedBatch, SMALL } from '../backend/batches.ts';

export const heads = [
  { task: 'rte', classes: 2 },
  { task: 'mnli', classes: 3 },
  { task: 'stsb', classes: 1 },
];

export const PLAIN = { beta1: 0.9, beta2: 0.999, eps: 1e-8, clip: 1, weightDecay: 0, unused: 'zero' } as const; // prettier-ignore

/** A layer less is half of the time. */
export const configOn = (backend: BackendName) => asFitsOn(backend, SMALL, { ...SMALL, layers: 1 });

export function settings(
  config: EncoderConfig,
  changes: Partial<LearnerSettings> = {},
): LearnerSettings {
  return {
    config,
    weights: initialWeights(config, { heads, discriminator: 3 }, 1),
    heads,
    pooling: 'cls',
    dropout: 0.1,
    optimiser: { ...PLAIN, weightDecay: 0.01 },
    ...changes,
  };
}

export async function openOn(backend: BackendName, changes: Partial<LearnerSettings> = {}) {
  return createLearner(await openBackend(backend), settings(configOn(backend), changes));
}

export type Learner = Awaited<ReturnType<typeof openOn>>;

/** Steps on the three tasks in turn, with the discriminator. */
export async function steps(
  learner: Learner,
  from: number,
  to: number,
): Promise<readonly number[]> {
  const losses: number[] = [];
  for (let t = from; t < to; t++) {
    const { task, classes } = heads[(t * 2) % 3] as (typeof heads)[number];
    const batch = raggedBatch(t, { task: task as TaskName, classes });
    const settings = { lr: 1e-3, dropoutSeed: t, discriminator: { kind: 'ce' } as const };
    const { task: loss, discriminator, gradientNorm } = await learner.step(batch, settings);
    losses.push(loss, discriminator, gradientNorm);
  }
  return losses;
}
