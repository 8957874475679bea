// config.json of a Hugging Face folder: what our encoder can run, and nothing else.
import { readFileSync } from 'node:fs';
import type { EncoderConfig } from '../encoder/config.ts';
import { MODEL_TYPES } from './names.ts';
import type { ModelType } from './names.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Our names of the sizes, and those of each kind of checkpoint. */
const SIZES = {
  vocabSize: { bert: 'vocab_size', distilbert: 'vocab_size' },
  hiddenSize: { bert: 'hidden_size', distilbert: 'dim' },
  layers: { bert: 'num_hidden_layers', distilbert: 'n_layers' },
  heads: { bert: 'num_attention_heads', distilbert: 'n_heads' },
  ffnSize: { bert: 'intermediate_size', distilbert: 'hidden_dim' },
} as const;

/**
 * @returns the encoder's shape, its kind, and all fields as they stand, so that a writer can pass
 *   them on
 * @throws naming the file, the field and what can be used instead
 */
export function readConfig(path: string): {
  readonly encoder: EncoderConfig;
  readonly type: ModelType;
  readonly fields: Fields;
} {
  const fields = parse(path);
  const type = modelType(fields, path);
  refuseForeign(fields, type, path);
  const size = (name: keyof typeof SIZES) => positive(fields, SIZES[name][type], path);
  const encoder: EncoderConfig = {
    vocabSize: size('vocabSize'),
    hiddenSize: size('hiddenSize'),
    layers: size('layers'),
    heads: size('heads'),
    ffnSize: size('ffnSize'),
    positions: positive(fields, 'max_position_embeddings', path, 512),
    segments: type === 'bert' ? positive(fields, 'type_vocab_size', path, 2) : 2,
    layerNormEps: number(fields, 'layer_norm_eps', path, 1e-12),
    initializerRange: number(fields, 'initializer_range', path, 0.02),
  };
  if (encoder.hiddenSize % encoder.heads !== 0) {
    const [hidden, heads] = [SIZES.hiddenSize[type], SIZES.heads[type]];
    throw new Error(
      `${path}: ${hidden} ${encoder.hiddenSize} is no multiple of ${heads} ${encoder.heads}`,
    );
  }
  if (encoder.segments < 2) {
    throw new Error(`${path}: type_vocab_size is 1; pairs of texts need 2`);
  }
  return { encoder, type, fields };
}

/** PyTorch's names of the types that weights can have on disk. */
export const DTYPES = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' } as const;

export type Dtype = keyof typeof DTYPES;

/** The type that config.json says the weights have; float32 where it says none of ours. */
export function dtypeOf(fields: Fields): Dtype {
  const name = fields['torch_dtype'] ?? fields['dtype'];
  return typeof name === 'string' && Object.hasOwn(DTYPES, name) ? (name as Dtype) : 'float32';
}

/** The fields of a BERT of this shape, for `transformers`' BertConfig. */
export function bertFields(encoder: EncoderConfig, dropout: number, dtype: Dtype): Fields {
  return {
    architectures: ['BertModel'],
    attention_probs_dropout_prob: dropout,
    hidden_act: 'gelu',
    hidden_dropout_prob: dropout,
    hidden_size: encoder.hiddenSize,
    initializer_range: encoder.initializerRange,
    intermediate_size: encoder.ffnSize,
    layer_norm_eps: encoder.layerNormEps,
    max_position_embeddings: encoder.positions,
    model_type: 'bert',
    num_attention_heads: encoder.heads,
    num_hidden_layers: encoder.layers,
    pad_token_id: 0,
    position_embedding_type: 'absolute',
    torch_dtype: dtype,
    type_vocab_size: encoder.segments,
    vocab_size: encoder.vocabSize,
  };
}

function parse(path: string): Fields {
  const text = readFileSync(path, 'utf8');
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields === 'object' && fields !== null && !Array.isArray(fields)) {
      return fields as Fields;
    }
  } catch (error) {
    throw new Error(`${path}: ${(error as Error).message}`, { cause: error });
  }
  throw new Error(`${path}: not a mapping`);
}

function modelType(fields: Fields, path: string): ModelType {
  const found = fields['model_type'];
  const type = MODEL_TYPES.find((known) => known === found);
  if (type !== undefined) return type;
  throw new Error(
    `${path}: model_type is ${JSON.stringify(found) ?? 'absent'}; only ${MODEL_TYPES.map((known) => `"${known}"`).join(' and ')} can be used`,
  );
}

/** Each of these would load without a complaint and compute something else. */
function refuseForeign(fields: Fields, type: ModelType, path: string): void {
  const activation = type === 'bert' ? 'hidden_act' : 'activation';
  const wanted: Fields = { [activation]: 'gelu', position_embedding_type: 'absolute', pad_token_id: 0 }; // prettier-ignore
  for (const [name, value] of Object.entries(wanted)) {
    const found = fields[name] ?? value;
    if (found !== value) {
      throw new Error(
        `${path}: ${name} is ${JSON.stringify(found)}; only ${JSON.stringify(value)} can be used`,
      );
    }
  }
  for (const name of ['is_decoder', 'add_cross_attention']) {
    if (fields[name] === true)
      throw new Error(`${path}: ${name} is true; only encoders can be used`);
  }
}

function positive(fields: Fields, name: string, path: string, standard?: number): number {
  const value = fields[name] ?? standard;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1) {
    throw new Error(
      `${path}: ${name} is ${JSON.stringify(value) ?? 'absent'}, not a positive integer`,
    );
  }
  return value;
}

function number(fields: Fields, name: string, path: string, standard: number): number {
  const value = fields[name] ?? standard;
  if (typeof value !== 'number') {
    throw new Error(`${path}: ${name} is ${JSON.stringify(value)}, not a number`);
  }
  return value;
}
