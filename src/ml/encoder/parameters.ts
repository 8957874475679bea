// The weights of one model in a backend: named as in a checkpoint outside, and packed inside.
import type { Backend, Dense, EmbeddingTables, Norm, Parameter } from '../backend/backend.ts';
import type { EncoderConfig } from './config.ts';
import {
  encoderSlots,
  headName,
  headSlots,
  inLayer,
  POSITION_TABLE,
  SEGMENT_TABLE,
  WORD_TABLE,
} from './layout.ts';
import type { Head, Slot } from './layout.ts';
import type { Weights } from './weights.ts';

export interface LayerParameters {
  readonly qkv: Dense;
  readonly attentionOutput: Dense;
  readonly attentionNorm: Norm;
  readonly intermediate: Dense;
  readonly output: Dense;
  readonly outputNorm: Norm;
}

export interface Entry {
  readonly slot: Slot;
  readonly parameter: Parameter;
}

export class Parameters {
  readonly entries: readonly Entry[];
  readonly tables: EmbeddingTables;
  readonly layers: readonly LayerParameters[];
  readonly pooler: Dense;
  /** Undefined where the weights have none. */
  readonly discriminator: Dense | undefined;
  readonly #heads: ReadonlyMap<string, Dense>;

  /** @throws where the weights lack a tensor or one has another shape */
  constructor(backend: Backend, config: EncoderConfig, heads: readonly Head[], weights: Weights) {
    const outputs = weights.get('task_discriminator.weight')?.shape[0] ?? 0;
    const slots = [...encoderSlots(config), ...headSlots(config.hiddenSize, heads, outputs)];
    this.entries = slots.map((slot) => ({
      slot,
      parameter: backend.parameter(slot.name, slot.rows, slot.cols, pack(slot, weights)),
    }));
    const byName = new Map(this.entries.map((entry) => [entry.slot.name, entry.parameter]));
    const one = (name: string) => byName.get(name) as Parameter;
    const pair = (name: string) => ({ weight: one(`${name}.weight`), bias: one(`${name}.bias`) });
    this.tables = {
      word: one(WORD_TABLE),
      position: one(POSITION_TABLE),
      segment: one(SEGMENT_TABLE),
      norm: pair('bert.embeddings.LayerNorm'),
    };
    this.layers = Array.from({ length: config.layers }, (_, i) => ({
      qkv: pair(inLayer(i, 'attention.self.qkv')),
      attentionOutput: pair(inLayer(i, 'attention.output.dense')),
      attentionNorm: pair(inLayer(i, 'attention.output.LayerNorm')),
      intermediate: pair(inLayer(i, 'intermediate.dense')),
      output: pair(inLayer(i, 'output.dense')),
      outputNorm: pair(inLayer(i, 'output.LayerNorm')),
    }));
    this.pooler = pair('bert.pooler.dense');
    this.discriminator = outputs === 0 ? undefined : pair('task_discriminator');
    this.#heads = new Map(heads.map(({ task }) => [task, pair(headName(task))]));
  }

  head(task: string): Dense {
    const head = this.#heads.get(task);
    if (head === undefined) throw new Error(`the model has no head for task '${task}'`);
    return head;
  }
}

/** The values of a slot's parts, concatenated. */
export function pack(slot: Slot, weights: Weights, prefix = ''): Float32Array {
  const data = new Float32Array(slot.rows * slot.cols);
  let at = 0;
  for (const { name, shape } of slot.parts) {
    const tensor = weights.get(prefix + name);
    if (tensor === undefined) throw new Error(`no tensor '${prefix}${name}'`);
    if (tensor.shape.join() !== shape.join()) {
      throw new Error(
        `tensor '${prefix}${name}' is [${tensor.shape.join(', ')}], not [${shape.join(', ')}]`,
      );
    }
    data.set(tensor.data, at);
    at += tensor.data.length;
  }
  return data;
}

/** The opposite of `pack`, into a map of tensors. */
export function unpack(
  slot: Slot,
  data: Float32Array,
  into: Map<string, { readonly shape: readonly number[]; readonly data: Float32Array }>,
  prefix = '',
): void {
  let at = 0;
  for (const { name, shape } of slot.parts) {
    const length = shape.reduce((product, n) => product * n, 1);
    into.set(prefix + name, { shape, data: data.slice(at, at + length) });
    at += length;
  }
}
