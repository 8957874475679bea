// config.json of a Hugging Face folder: what our encoder can run, and nothing else.
import { readFileSync } from 'node:fs';
import type { EncoderConfig } from '../encoder/config.ts';

type Fields = Readonly<Record<string, unknown>>;

/**
 * @returns the encoder's shape, and all fields as they stand, so that a writer can pass them on
 * @throws naming the file, the field and what can be used instead
 */
export function readConfig(path: string): {
  readonly encoder: EncoderConfig;
  readonly fields: Fields;
} {
  const fields = parse(path);
  refuseForeign(fields, path);
  const size = (name: string, standard?: number) => positive(fields, name, path, standard);
  const encoder: EncoderConfig = {
    vocabSize: size('vocab_size'),
    hiddenSize: size('hidden_size'),
    layers: size('num_hidden_layers'),
    heads: size('num_attention_heads'),
    ffnSize: size('intermediate_size'),
    positions: size('max_position_embeddings', 512),
    segments: size('type_vocab_size', 2),
    layerNormEps: number(fields, 'layer_norm_eps', path, 1e-12),
    initializerRange: number(fields, 'initializer_range', path, 0.02),
  };
  if (encoder.hiddenSize % encoder.heads !== 0) {
    throw new Error(
      `${path}: hidden_size ${encoder.hiddenSize} is no multiple of num_attention_heads ${encoder.heads}`,
    );
  }
  return { encoder, fields };
}

/** The fields of a BERT of this shape, for `transformers`' BertConfig. */
export function bertFields(encoder: EncoderConfig, dropout: number): Fields {
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

/** Each of these would load without a complaint and compute something else. */
function refuseForeign(fields: Fields, path: string): void {
  const type = fields['model_type'];
  if (type !== 'bert') {
    throw new Error(
      `${path}: model_type is ${JSON.stringify(type) ?? 'absent'}; only "bert" can be used`,
    );
  }
  const wanted: Fields = { hidden_act: 'gelu', position_embedding_type: 'absolute' };
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
