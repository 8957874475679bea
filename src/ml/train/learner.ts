// What the training loops need of a model. The encoder on any backend is one; the loops' tests use a
// small one.
import type { Weights } from '../encoder/weights.ts';
import type { TaskBatch } from './gather.ts';

/** The discriminator's loss: softmax over the tasks, or one sigmoid per task. */
export type Discriminator =
  | { readonly kind: 'ce' }
  | {
      readonly kind: 'bce';
      /** One per task, in the order of the discriminator's outputs. */
      readonly posWeight: Float32Array;
    };

export interface StepSettings {
  readonly lr: number;
  /** Names this step's dropout masks. */
  readonly dropoutSeed: number;
  /**
   * The number of parts of nearly equal size in which the batch is computed, one after another, to save
   * memory; 1 if absent. Sums then have another order, and each part has separate dropout masks;
   * otherwise the step is the same.
   */
  readonly accumulate?: number;
  /** Absent: the task's loss alone. */
  readonly discriminator?: Discriminator;
}

export interface StepLosses {
  readonly task: number;
  /** 0 without a discriminator. */
  readonly discriminator: number;
  /** Of all gradients together, before clipping; absent if a learner does not know it. */
  readonly gradientNorm?: number;
}

/** Everything that the next step depends on. The counters survive JSON exactly. */
export interface LearnerState {
  /** Weights and the optimiser's moments. */
  readonly tensors: Weights;
  /** Step counters and the betas' powers. */
  readonly counters: Readonly<Record<string, number>>;
}

export interface Learner {
  /** Forward, backward, clipping and one optimiser step on the batch's task. */
  step(batch: TaskBatch, settings: StepSettings): Promise<StepLosses>;
  /** Without dropout: [rows, classes], [rows, 1] for a regression. */
  logits(batch: TaskBatch): Promise<Float32Array>;
  /** Without dropout: [rows, tasks]. */
  discriminate(batch: TaskBatch): Promise<Float32Array>;
  /** Without dropout: [rows, hidden]. */
  pool(batch: TaskBatch): Promise<Float32Array>;
  /** A copy, under Hugging Face's names. */
  weights(): Promise<Weights>;
  state(): Promise<LearnerState>;
  restore(state: LearnerState): void;
}
