// The encoder with its heads, as a learner for the training loops.
import type { Backend, Dense, Tensor } from '../backend/backend.ts';
import { dropoutKey } from '../backend/dropout.ts';
import { Tape } from '../backend/tape.ts';
import { splitBatch } from './gather.ts';
import type { TaskBatch } from './gather.ts';
import type { Learner, LearnerState, StepLosses, StepSettings } from './learner.ts';
import type { EncoderConfig } from '../encoder/config.ts';
import { DropoutKeys, encodePooled, holdBatch, NO_DROPOUT } from '../encoder/forward.ts';
import type { Pooling } from '../encoder/forward.ts';
import type { Head } from '../encoder/layout.ts';
import { Optimiser } from '../encoder/optimiser.ts';
import type { OptimiserSettings } from '../encoder/optimiser.ts';
import { pack, Parameters, unpack } from '../encoder/parameters.ts';
import type { Weights } from '../encoder/weights.ts';

export interface LearnerSettings {
  readonly config: EncoderConfig;
  /** With a discriminator where they have `task_discriminator`. */
  readonly weights: Weights;
  /** Their order is that of the discriminator's outputs. */
  readonly heads: readonly Head[];
  readonly pooling: Pooling;
  /** Rate in training: of hidden states, attention's probabilities and the pooled vector. */
  readonly dropout: number;
  readonly optimiser: OptimiserSettings;
}

/** A learner that also returns the norm of the gradients. */
export interface EncoderLearner extends Learner {
  step(
    batch: TaskBatch,
    settings: StepSettings,
  ): Promise<StepLosses & { readonly gradientNorm: number }>;
}

const FIRST = 'optimiser.first.';
const SECOND = 'optimiser.second.';

/** Dropout keys of a step's parts are counted from here, above those of all operations. */
const PARTS = 2 ** 16;

/** @param backend must have no parameters yet, because it holds one model */
export function createLearner(backend: Backend, settings: LearnerSettings): EncoderLearner {
  return new Model(backend, settings);
}

class Model implements EncoderLearner {
  readonly #backend: Backend;
  readonly #settings: LearnerSettings;
  readonly #parameters: Parameters;
  readonly #optimiser: Optimiser;

  constructor(backend: Backend, settings: LearnerSettings) {
    const { config, heads, weights, optimiser } = settings;
    this.#backend = backend;
    this.#settings = settings;
    this.#parameters = new Parameters(backend, config, heads, weights);
    this.#optimiser = new Optimiser(backend, optimiser, this.#parameters.entries);
  }

  async step(batch: TaskBatch, settings: StepSettings) {
    const parts = splitBatch(batch, settings.accumulate ?? 1);
    const sums = { task: 0, discriminator: 0, gradientNorm: NaN };
    for (const [i, part] of parts.entries()) {
      const share = part.labels.length / batch.labels.length;
      const last = i === parts.length - 1;
      const values = await this.#backend.run(i === 0 ? true : 'more', () => {
        const losses = this.#learn(part, settings, i, share);
        return last ? [...losses, this.#optimiser.update(settings.lr)] : losses;
      });
      const numbers = values.map(([value]) => value as number);
      if (last) sums.gradientNorm = numbers.pop() as number;
      const [task = NaN, discriminator = 0] = numbers;
      sums.task += share * task;
      sums.discriminator += share * discriminator;
    }
    return sums;
  }

  /** Forward and back through one part of a batch. @returns its mean losses */
  #learn(
    batch: TaskBatch,
    { dropoutSeed, discriminator }: StepSettings,
    part: number,
    share: number,
  ): readonly Tensor[] {
    const tape = new Tape(this.#backend);
    const seed = part === 0 ? dropoutSeed : dropoutKey(dropoutSeed, PARTS + part);
    const dropout = new DropoutKeys(this.#settings.dropout, seed);
    const pooled = tape.dropout(this.#pooled(tape, batch, dropout), dropout.next());
    const losses = [this.#taskLoss(tape, pooled, batch)];
    if (discriminator !== undefined) {
      losses.push(this.#discriminatorLoss(tape, pooled, batch, discriminator));
    }
    tape.backward(share);
    return losses;
  }

  async logits(batch: TaskBatch) {
    return this.#forward(batch, this.#parameters.head(batch.task));
  }

  async discriminate(batch: TaskBatch) {
    return this.#forward(batch, this.#discriminator());
  }

  async pool(batch: TaskBatch) {
    return this.#forward(batch);
  }

  async weights() {
    const weights = new Map<string, { shape: readonly number[]; data: Float32Array }>();
    for (const { slot, parameter } of this.#parameters.entries) {
      unpack(slot, await parameter.value(), weights);
    }
    return weights;
  }

  async state(): Promise<LearnerState> {
    const tensors = await this.weights();
    for (const { slot, parameter } of this.#parameters.entries) {
      const moments = await parameter.moments();
      if (moments === undefined) continue;
      unpack(slot, moments.first, tensors, FIRST);
      unpack(slot, moments.second, tensors, SECOND);
    }
    return { tensors, counters: this.#optimiser.counters };
  }

  restore({ tensors, counters }: LearnerState): void {
    for (const { slot, parameter } of this.#parameters.entries) {
      parameter.assign(pack(slot, tensors));
      const moved = slot.parts.every(({ name }) => tensors.has(FIRST + name));
      parameter.restoreMoments(
        moved
          ? { first: pack(slot, tensors, FIRST), second: pack(slot, tensors, SECOND) }
          : undefined,
      );
    }
    this.#optimiser.restore(counters);
  }

  async #forward(batch: TaskBatch, head?: Dense): Promise<Float32Array> {
    const [values] = await this.#backend.run(false, () => {
      const tape = new Tape(this.#backend);
      const pooled = this.#pooled(tape, batch, NO_DROPOUT);
      return [head === undefined ? pooled : tape.dense(pooled, head)];
    });
    return values as Float32Array;
  }

  #pooled(tape: Tape, batch: TaskBatch, dropout: DropoutKeys): Tensor {
    const { config, pooling } = this.#settings;
    checkBatch(batch, config);
    const tokens = holdBatch(this.#backend, batch, config);
    return encodePooled(tape, tokens, this.#parameters, config, pooling, dropout);
  }

  #taskLoss(tape: Tape, pooled: Tensor, { task, labels }: TaskBatch): Tensor {
    const logits = tape.dense(pooled, this.#parameters.head(task));
    if (logits.cols === 1) return tape.squaredError(logits, labels);
    return tape.crossEntropy(logits, classIds(labels, logits.cols));
  }

  #discriminatorLoss(
    tape: Tape,
    pooled: Tensor,
    { task, labels }: TaskBatch,
    discriminator: NonNullable<StepSettings['discriminator']>,
  ): Tensor {
    const logits = tape.dense(pooled, this.#discriminator());
    const own = this.#settings.heads.findIndex((head) => head.task === task);
    const classes = new Int32Array(labels.length).fill(own);
    switch (discriminator.kind) {
      case 'ce':
        return tape.crossEntropy(logits, classes);
      case 'bce':
        return tape.binaryCrossEntropy(logits, classes, discriminator.posWeight);
    }
  }

  #discriminator(): Dense {
    const { discriminator } = this.#parameters;
    if (discriminator === undefined) throw new Error('the model has no task discriminator');
    return discriminator;
  }
}

/** @throws if an id or a length is outside of the tables */
function checkBatch({ ids, offsets }: TaskBatch, { vocabSize, positions }: EncoderConfig): void {
  for (const id of ids) {
    if (id < 0 || id >= vocabSize) {
      throw new Error(`token id ${id}: the model's vocabulary has ${vocabSize}`);
    }
  }
  for (let row = 1; row < offsets.length; row++) {
    const length = (offsets[row] as number) - (offsets[row - 1] as number);
    if (length < 1 || length > positions) {
      throw new Error(`a row of ${length} tokens: the model has ${positions} positions`);
    }
  }
}

/** @throws on a label that is not a class, such as the NaN of an unlabelled row */
function classIds(labels: Float32Array, classes: number): Int32Array {
  return Int32Array.from(labels, (label) => {
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
      throw new Error(`label ${label} is not one of ${classes} classes`);
    }
    return label;
  });
}
