import type { TokenRows } from '../../../src/ml/data/token-rows.ts';
import type { TaskName } from '../../../src/ml/tasks/task.ts';
import type { Learner, LearnerState, StepSettings } from '../../../src/ml/train/learner.ts';
import type { TaskBatch } from '../../../src/ml/train/gather.ts';
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
  readonly seen: { readonly batch: TaskBatch; readonly settings: StepSettings }[] = [];
  #weights: Float32Array;
  #momentum: Float32Array;
  #steps = 0;

  constructor(tasks: readonly TaskName[]) {
    this.tasks = tasks;
    this.#weights = new Float32Array(tasks.length * WORDS);
    this.#momentum = new Float32Array(tasks.length * WORDS);
  }

  async step(batch: TaskBatch, settings: StepSettings) {
    this.seen.push({ batch, settings });
    this.#steps += 1;
    const dropped = settings.dropoutSeed % WORDS;
    const base = this.tasks.indexOf(batch.task) * WORDS;
    const gradient = new Float32Array(this.#weights.length);
    let loss = 0;
    for (const [row, logit] of this.#outputs(batch).entries()) {
      const error = logit - (batch.labels[row] as number);
      const word = firstWord(batch, row);
      loss += error ** 2 / batch.labels.length;
      if (word !== dropped) gradient[base + word] = (gradient[base + word] ?? 0) + error;
    }
    for (let i = 0; i < gradient.length; i++) {
      this.#momentum[i] = 0.5 * (this.#momentum[i] as number) + (gradient[i] as number);
      const rate = settings.lr / Math.sqrt(this.#steps);
      this.#weights[i] = (this.#weights[i] as number) - rate * (this.#momentum[i] as number);
    }
    return { task: loss, discriminator: settings.discriminator === undefined ? 0 : 0.5 };
  }

  async logits(batch: TaskBatch) {
    return this.#outputs(batch);
  }

  /** Row r, output k: k tenths of the row's first word. */
  async discriminate(batch: TaskBatch) {
    const k = this.tasks.length;
    return Float32Array.from({ length: batch.labels.length * k }, (_, i) => {
      return (firstWord(batch, Math.floor(i / k)) * (i % k)) / 10;
    });
  }

  async pool(batch: TaskBatch) {
    return this.#outputs(batch);
  }

  async weights() {
    return this.#copy();
  }

  async state(): Promise<LearnerState> {
    const momentum = { shape: [this.#momentum.length], data: this.#momentum.slice() };
    return { tensors: this.#copy().set('m', momentum), counters: { steps: this.#steps } };
  }

  restore({ tensors, counters }: LearnerState): void {
    this.#weights = tensors.get('w')?.data.slice() ?? this.#weights;
    this.#momentum = tensors.get('m')?.data.slice() ?? this.#momentum;
    this.#steps = counters['steps'] ?? 0;
  }

  #outputs(batch: TaskBatch): Float32Array {
    const base = this.tasks.indexOf(batch.task) * WORDS;
    return Float32Array.from({ length: batch.labels.length }, (_, row) => {
      return this.#weights[base + firstWord(batch, row)] as number;
    });
  }

  #copy() {
    return new Map([['w', { shape: [this.#weights.length], data: this.#weights.slice() }]]);
  }
}

function firstWord(batch: TaskBatch, row: number): number {
  return batch.ids[batch.offsets[row] as number] as number;
}
