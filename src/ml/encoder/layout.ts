// The tensors of a model. A checkpoint names queries, keys and values separately; the backend holds them
// as one matrix, so that one product computes all three.
import type { EncoderConfig } from './config.ts';

/** One tensor of a checkpoint. */
export interface Part {
  readonly name: string;
  /** [n] or [out, in] */
  readonly shape: readonly number[];
}

/** One parameter of the backend: the rows of its parts, concatenated. */
export interface Slot {
  readonly name: string;
  /** 1 for vectors. */
  readonly rows: number;
  readonly cols: number;
  readonly parts: readonly Part[];
}

export interface Head {
  readonly task: string;
  /** 1: a regression. */
  readonly classes: number;
}

export const WORD_TABLE = 'bert.embeddings.word_embeddings.weight';
export const POSITION_TABLE = 'bert.embeddings.position_embeddings.weight';
export const SEGMENT_TABLE = 'bert.embeddings.token_type_embeddings.weight';

/** Name of layer `i`'s part, such as `bert.encoder.layer.0.output.dense.weight`. */
export function inLayer(i: number, name: string): string {
  return `bert.encoder.layer.${i}.${name}`;
}

export function encoderSlots(config: EncoderConfig): readonly Slot[] {
  const { hiddenSize: n } = config;
  const layers = Array.from({ length: config.layers }, (_, i) => layerSlots(config, i));
  return [
    single(WORD_TABLE, [config.vocabSize, n]),
    single(POSITION_TABLE, [config.positions, n]),
    single(SEGMENT_TABLE, [config.segments, n]),
    ...norm('bert.embeddings.LayerNorm', n),
    ...layers.flat(),
    ...dense('bert.pooler.dense', n, n),
  ];
}

/** @param tasks outputs of the discriminator; 0: there is none */
export function headSlots(hidden: number, heads: readonly Head[], tasks: number): readonly Slot[] {
  return [
    ...heads.flatMap(({ task, classes }) => dense(headName(task), classes, hidden)),
    ...(tasks === 0 ? [] : dense('task_discriminator', tasks, hidden)),
  ];
}

export function headName(task: string): string {
  return `classifier_dict.${task}`;
}

function layerSlots(config: EncoderConfig, i: number): readonly Slot[] {
  const { hiddenSize: n, ffnSize } = config;
  const name = (part: string) => inLayer(i, part);
  return [
    packed(name('attention.self'), 'weight', [n, n]),
    packed(name('attention.self'), 'bias', [n]),
    ...dense(name('attention.output.dense'), n, n),
    ...norm(name('attention.output.LayerNorm'), n),
    ...dense(name('intermediate.dense'), ffnSize, n),
    ...dense(name('output.dense'), n, ffnSize),
    ...norm(name('output.LayerNorm'), n),
  ];
}

function packed(name: string, kind: 'weight' | 'bias', shape: readonly number[]): Slot {
  const [n] = shape as [number];
  const parts = ['query', 'key', 'value'].map((part) => ({
    name: `${name}.${part}.${kind}`,
    shape,
  }));
  const slot = { name: `${name}.qkv.${kind}`, parts };
  return kind === 'bias' ? { ...slot, rows: 1, cols: 3 * n } : { ...slot, rows: 3 * n, cols: n };
}

function dense(name: string, out: number, input: number): readonly Slot[] {
  return [single(`${name}.weight`, [out, input]), single(`${name}.bias`, [out])];
}

function norm(name: string, n: number): readonly Slot[] {
  return [single(`${name}.weight`, [n]), single(`${name}.bias`, [n])];
}

function single(name: string, shape: readonly number[]): Slot {
  const cols = shape[shape.length - 1] as number;
  return {
    name,
    rows: shape.length === 1 ? 1 : (shape[0] as number),
    cols,
    parts: [{ name, shape }],
  };
}
