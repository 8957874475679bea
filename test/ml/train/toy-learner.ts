import type { TaskName, TokenRows } from '../../../src/ml/data/dataset.ts';
import type { Learner, LearnerState, StepSettings } from '../../../src/ml/train/learner.ts';
import type { PaddedBatch } from '../../../src/ml/train/padding.ts';
import { Stream } from '../../../src/ml/random.ts';

export const WORDS = 12;

/** Rows whose label is the parity of their first word, 2 to 9 words each. */
export function toyRows(rows: number, seed = 1): TokenRows {
  const stream = Stream.named(seed, 'toy');
  const words = Array.from({ length: rows }, () =>
    Array.from({ length: 2 + stream.below(8) }, () => 1 + stream.below(WORDS - 1)),
  );
  const offsets = new Uint32Array(rows + 1);
  for (const [i, row] of words.entries()) offsets[i + 1] = (offsets[i] as number) + row.length;
  return {
    rows,
    ids: Int32Array.from(words.flat()),
    offsets,
    firstLength: Uint16Array.from(words, (row) => row.length),
    labels: Float32Array.from(words, ([first]) => (first as number) % 2),
  };
}

/**
 * A linear model of the first word, one output a task, squared error, momentum, and words dropped
 * by the step's seed: small, and still with everything in its state that resuming must keep.
 */
export class ToyLearner implements Learner {
  readonly tasks: readonly TaskName[];
  readonly seen: { readonly batch: PaddedBatch; readonly settings: StepSettings }[] = [];
  #weights: Float32Array;
  #momentum: Float32Array;
  #steps = 0;

  constructor(tasks: readonly TaskName[]) {
    this.tasks = tasks;
    this.#weights = new Float32Array(tasks.length * WORDS);
    this.#momentum = new Float32Array(tasks.length * WORDS);
  }

  step(batch: PaddedBatch, settings: StepSettings) {
    this.seen.push({ batch, settings });
    this.#steps += 1;
    const dropped = settings.dropoutSeed % WORDS;
    const base = this.tasks.indexOf(batch.task) * WORDS;
    const gradient = new Float32Array(this.#weights.length);
    let loss = 0;
    for (const [row, logit] of this.logits(batch).entries()) {
      const error = logit - (batch.labels[row] as number);
      const word = batch.ids[row * batch.length] as number;
      loss += error ** 2 / batch.rows;
      if (word !== dropped) gradient[base + word] = (gradient[base + word] ?? 0) + error;
    }
    for (let i = 0; i < gradient.length; i++) {
      this.#momentum[i] = 0.5 * (this.#momentum[i] as number) + (gradient[i] as number);
      const rate = settings.lr / Math.sqrt(this.#steps);
      this.#weights[i] = (this.#weights[i] as number) - rate * (this.#momentum[i] as number);
    }
    return { task: loss, discriminator: settings.discriminator === undefined ? 0 : 0.5 };
  }

  logits(batch: PaddedBatch): Float32Array {
    const base = this.tasks.indexOf(batch.task) * WORDS;
    return Float32Array.from({ length: batch.rows }, (_, row) => {
      return this.#weights[base + (batch.ids[row * batch.length] as number)] as number;
    });
  }

  /** Row r, output k: k tenths of the row's first word. */
  discriminate(batch: PaddedBatch): Float32Array {
    const k = this.tasks.length;
    return Float32Array.from({ length: batch.rows * k }, (_, i) => {
      return ((batch.ids[Math.floor(i / k) * batch.length] as number) * (i % k)) / 10;
    });
  }

  pool(batch: PaddedBatch): Float32Array {
    return this.logits(batch);
  }

  weights() {
    return new Map([['w', { shape: [this.#weights.length], data: this.#weights.slice() }]]);
  }

  state(): LearnerState {
    const momentum = { shape: [this.#momentum.length], data: this.#momentum.slice() };
    return { tensors: this.weights().set('m', momentum), counters: { steps: this.#steps } };
  }

  restore({ tensors, counters }: LearnerState): void {
    this.#weights = tensors.get('w')?.data.slice() ?? this.#weights;
    this.#momentum = tensors.get('m')?.data.slice() ?? this.#momentum;
    this.#steps = counters['steps'] ?? 0;
  }
}
