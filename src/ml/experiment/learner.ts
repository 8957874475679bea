// Opens a model for training or answering, on the backend that the stage's key names.
import { readFileSync } from 'node:fs';
import type { Backend, BackendFacts } from '../backend/backend.ts';
import { isBackendName, openBackend } from '../backend/open.ts';
import { createLearner } from '../train/encoder-learner.ts';
import type { Learner } from '../train/learner.ts';
import { headShapes } from './model.ts';
import type { Model } from './model.ts';
import type { PhaseOptimiser } from './settings.ts';

/**
 * AdamW as in transformers 4.2, whose zero_grad leaves zeros: a head that had a gradient once keeps
 * moving by its momentum through the other tasks' steps.
 */
const OPTIMISER = { eps: 1e-8, unused: 'zero' } as const;

/** The original's. A learner that only answers needs no others. */
const DEFAULTS: PhaseOptimiser = { beta1: 0.9, beta2: 0.999, clip: 1, weightDecay: 0 };

/**
 * Opens the backend that a probe found.
 *
 * @param file what the probe wrote
 * @throws when this machine has another one: the result would be stored under the wrong key
 */
export async function openProbedBackend(file: string): Promise<Backend> {
  const probed = JSON.parse(readFileSync(file, 'utf8')) as BackendFacts;
  if (!isBackendName(probed.backend)) throw new Error(`${file}: no backend '${probed.backend}'`);
  const backend = await openBackend(probed.backend, probed.precision);
  const here = backend.facts;
  for (const name of ['backend', 'library', 'kernels', 'simd', 'threads', 'precision'] as const) {
    if (probed[name] !== here[name]) {
      throw new Error(
        `the probe found the backend '${probed.backend}' with ${name} ${probed[name]}, here it is ${here[name]}: probe again on this machine`,
      );
    }
  }
  return backend;
}

/** A learner with a new optimiser. */
export function openLearner(
  backend: Backend,
  model: Model,
  settings: PhaseOptimiser = DEFAULTS,
): Learner {
  return createLearner(backend, {
    config: model.config,
    weights: model.weights,
    heads: headShapes(model),
    pooling: model.pooling,
    dropout: model.dropout,
    optimiser: { ...OPTIMISER, ...settings },
  });
}
