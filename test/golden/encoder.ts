// An encoder with bare heads, open for looking into: hidden states and gradients.
import type { Backend } from '../../src/ml/backend/backend.ts';
import { Tape } from '../../src/ml/backend/tape.ts';
import type { EncoderConfig } from '../../src/ml/encoder/config.ts';
import { encode, encodePooled, holdBatch, NO_DROPOUT } from '../../src/ml/encoder/forward.ts';
import type { Pooling } from '../../src/ml/encoder/forward.ts';
import type { Head } from '../../src/ml/encoder/layout.ts';
import { Parameters, unpack } from '../../src/ml/encoder/parameters.ts';
import type { Weights } from '../../src/ml/encoder/weights.ts';
import type { TaskBatch } from '../../src/ml/train/gather.ts';

export type Tensors = Map<string, { shape: readonly number[]; data: Float32Array }>;

export class OpenEncoder {
  readonly #backend: Backend;
  readonly #config: EncoderConfig;
  readonly #parameters: Parameters;

  constructor(backend: Backend, config: EncoderConfig, heads: readonly Head[], weights: Weights) {
    this.#backend = backend;
    this.#config = config;
    this.#parameters = new Parameters(backend, config, heads, weights);
  }

  /** Hidden states [tokens, hidden] of the embeddings and each layer, pooled vectors, their mean. */
  async states(batch: TaskBatch) {
    const values = await this.#backend.run(false, () => {
      const { tape, tokens, pooled } = this.#open(batch);
      const states = encode(tape, tokens, this.#parameters, this.#config, NO_DROPOUT);
      return [...states, pooled('cls'), pooled('mean')];
    });
    const mean = values[values.length - 1] as Float32Array;
    return { hidden: values.slice(0, -2), pooled: values[values.length - 2] as Float32Array, mean };
  }

  async head(batch: TaskBatch, task: string): Promise<Float32Array> {
    const [values] = await this.#backend.run(false, () => {
      const { pooled, tape } = this.#open(batch);
      return [tape.dense(pooled('cls'), this.#parameters.head(task))];
    });
    return values as Float32Array;
  }

  /** The mean loss of a head, cross-entropy or squared error, and all gradients by name. */
  async gradients(
    batch: TaskBatch,
    task: string,
  ): Promise<{ readonly loss: number; readonly gradients: Tensors }> {
    const { entries } = this.#parameters;
    const values = await this.#backend.run(true, () => {
      const { pooled, tape } = this.#open(batch);
      const logits = tape.dense(pooled('cls'), this.#parameters.head(task));
      const loss =
        logits.cols === 1
          ? tape.squaredError(logits, batch.labels)
          : tape.crossEntropy(logits, Int32Array.from(batch.labels));
      tape.backward();
      return [loss, ...entries.map(({ parameter }) => this.#backend.gradient(parameter))];
    });
    const gradients: Tensors = new Map();
    for (const [i, { slot }] of entries.entries()) {
      unpack(slot, values[i + 1] as Float32Array, gradients);
    }
    return { loss: (values[0] as Float32Array)[0] as number, gradients };
  }

  #open(batch: TaskBatch) {
    const tape = new Tape(this.#backend);
    const tokens = holdBatch(this.#backend, batch, this.#config);
    const pooled = (pooling: Pooling) =>
      encodePooled(tape, tokens, this.#parameters, this.#config, pooling, NO_DROPOUT);
    return { tape, tokens, pooled };
  }
}
