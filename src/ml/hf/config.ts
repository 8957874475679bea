// config.json of a Hugging Face folder. Models that our encoder cannot compute are refused.
import { readFileSync } from 'node:fs';
import type { EncoderConfig } from '../encoder/config.ts';
import { parseMapping } from '../json-mapping.ts';
import type { Fields } from '../json-mapping.ts';
import { MODEL_TYPES } from './names.ts';
import type { ModelType } from './names.ts';

/** Our names of the sizes, and their names in config.json. */
const BERT = {
  vocabSize: 'vocab_size',
  hiddenSize: 'hidden_size',
  layers: 'num_hidden_layers',
  heads: 'num_attention_heads',
  ffnSize: 'intermediate_size',
  activation: 'hidden_act',
} as const;

const DISTILBERT = {
  vocabSize: 'vocab_size',
  hiddenSize: 'dim',
  layers: 'n_layers',
  heads: 'n_heads',
  ffnSize: 'hidden_dim',
  activation: 'activation',
} as const;

const FIELDS = { bert: BERT, distilbert: DISTILBERT, roberta: BERT } as const;

/**
 * @returns the encoder's shape, its kind, and all fields unchanged, so that a writer can copy them
 * @throws naming the file, the field and the values that can be used
 */
export function readConfig(path: string): {
  readonly encoder: EncoderConfig;
  readonly type: ModelType;
  readonly fields: Fields;
} {
  const fields = parseMapping(readFileSync(path, 'utf8'), path);
  const type = modelType(fields, path);
  refuseForeign(fields, type, path);
  const names = FIELDS[type];
  const size = (name: Exclude<keyof typeof BERT, 'activation'>) => integer(fields, names[name], path, 1); // prettier-ignore
  const family = type === 'roberta' ? 'roberta' : 'bert';
  const padding = integer(fields, 'pad_token_id', path, 0, family === 'roberta' ? 1 : 0);
  const encoder: EncoderConfig = {
    family,
    vocabSize: size('vocabSize'),
    hiddenSize: size('hiddenSize'),
    layers: size('layers'),
    heads: size('heads'),
    ffnSize: size('ffnSize'),
    positions: integer(fields, 'max_position_embeddings', path, 1, 512),
    segments: type === 'distilbert' ? 2 : integer(fields, 'type_vocab_size', path, 1, 2),
    padding,
    layerNormEps: number(fields, 'layer_norm_eps', path, 1e-12),
    initializerRange: number(fields, 'initializer_range', path, 0.02),
  };
  if (encoder.hiddenSize % encoder.heads !== 0) {
    throw new Error(
      `${path}: ${names.hiddenSize} ${encoder.hiddenSize} is not a multiple of ${names.heads} ${encoder.heads}`,
    );
  }
  if (family === 'bert' && encoder.segments < 2) {
    throw new Error(`${path}: type_vocab_size is 1; pairs of texts need 2`);
  }
  if (padding >= encoder.vocabSize) {
    throw new Error(`${path}: pad_token_id is ${padding}, but vocab_size is ${encoder.vocabSize}`);
  }
  if (family === 'bert') return { encoder, type, fields };
  const positions = encoder.positions - unusedPositions(encoder);
  if (positions < 1) {
    throw new Error(
      `${path}: max_position_embeddings is ${encoder.positions}; with pad_token_id ${padding} a RoBERTa's first token has position ${padding + 1}`,
    );
  }
  return { encoder: { ...encoder, positions }, type, fields };
}

/** The positions that hold no token: RoBERTa counts a row's tokens from the padding token's id plus 1. */
export function unusedPositions({ family, padding }: EncoderConfig): number {
  return family === 'roberta' ? padding + 1 : 0;
}

/** PyTorch's names of the types that weights can have on disk. */
export const DTYPES = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' } as const;

export type Dtype = keyof typeof DTYPES;

/** The weights' type in config.json; float32 if it is absent or not one of ours. */
export function dtypeOf(fields: Fields): Dtype {
  const name = fields['torch_dtype'] ?? fields['dtype'];
  return typeof name === 'string' && Object.hasOwn(DTYPES, name) ? (name as Dtype) : 'float32';
}

/** The fields of an encoder of this shape, for `transformers`' BertConfig or RobertaConfig. */
export function configFields(encoder: EncoderConfig, dropout: number, dtype: Dtype): Fields {
  return {
    architectures: [encoder.family === 'bert' ? 'BertModel' : 'RobertaModel'],
    attention_probs_dropout_prob: dropout,
    hidden_act: 'gelu',
    hidden_dropout_prob: dropout,
    hidden_size: encoder.hiddenSize,
    initializer_range: encoder.initializerRange,
    intermediate_size: encoder.ffnSize,
    layer_norm_eps: encoder.layerNormEps,
    max_position_embeddings: encoder.positions + unusedPositions(encoder),
    model_type: encoder.family,
    num_attention_heads: encoder.heads,
    num_hidden_layers: encoder.layers,
    pad_token_id: encoder.padding,
    position_embedding_type: 'absolute',
    torch_dtype: dtype,
    type_vocab_size: encoder.segments,
    vocab_size: encoder.vocabSize,
  };
}

function modelType(fields: Fields, path: string): ModelType {
  const found = fields['model_type'];
  const type = MODEL_TYPES.find((known) => known === found);
  if (type !== undefined) return type;
  throw new Error(
    `${path}: model_type is ${JSON.stringify(found) ?? 'absent'}; only ${listed(MODEL_TYPES)} can be used`,
  );
}

/** "a", "b" and "c". */
function listed(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  return `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}

/** Models with these fields would load without an error and compute something else. */
function refuseForeign(fields: Fields, type: ModelType, path: string): void {
  const wanted: Fields = { [FIELDS[type].activation]: 'gelu', position_embedding_type: 'absolute' }; // prettier-ignore
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
  const pruned = fields['pruned_heads'] ?? {};
  if (Object.keys(pruned).length > 0) {
    throw new Error(`${path}: pruned_heads is ${JSON.stringify(pruned)}; only whole layers can be used`); // prettier-ignore
  }
}

function integer(
  fields: Fields,
  name: string,
  path: string,
  least: 0 | 1,
  otherwise?: number,
): number {
  const value = fields[name] ?? otherwise;
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
    throw new Error(
      `${path}: ${name} is ${JSON.stringify(value) ?? 'absent'}, not ${least === 1 ? 'a positive integer' : 'an integer from 0'}`,
    );
  }
  return value;
}

function number(fields: Fields, name: string, path: string, otherwise: number): number {
  const value = fields[name] ?? otherwise;
  if (typeof value !== 'number' || value < 0) {
    throw new Error(`${path}: ${name} is ${JSON.stringify(value)}, not a number from 0`);
  }
  return value;
}
