// One spelling for the names of a checkpoint's tensors: `bert.` in front of the encoder's, as
// `transformers` writes BERTs with a head, and LayerNorm's parameters as `weight` and `bias`.

import type { Family } from '../family.ts';

/** The kinds of checkpoints that can be read; a DistilBERT becomes a BERT. */
export const MODEL_TYPES = ['bert', 'distilbert', 'roberta'] as const;

export type ModelType = (typeof MODEL_TYPES)[number];

/** A DistilBERT's parts of a layer, and BERT's. */
const DISTILBERT_PARTS: readonly (readonly [string, string])[] = [
  ['attention.q_lin', 'attention.self.query'],
  ['attention.k_lin', 'attention.self.key'],
  ['attention.v_lin', 'attention.self.value'],
  ['attention.out_lin', 'attention.output.dense'],
  ['sa_layer_norm', 'attention.output.LayerNorm'],
  ['ffn.lin1', 'intermediate.dense'],
  ['ffn.lin2', 'output.dense'],
  ['output_layer_norm', 'output.LayerNorm'],
];

const ENCODER_PARTS = ['embeddings.', 'encoder.', 'pooler.'];

/** @returns the canonical name, or undefined for a tensor that is not of the encoder or one of our heads */
export function canonicalName(name: string, type: ModelType): string | undefined {
  if (isHead(name)) return name;
  const bare = type === 'distilbert' ? fromDistilbert(name) : withoutPrefix(name, `${type}.`);
  if (!ENCODER_PARTS.some((part) => bare.startsWith(part))) return undefined;
  // Checkpoints converted from TensorFlow, bert-base-cased among them, have the older spelling.
  return `bert.${bare}`
    .replace(/LayerNorm\.gamma$/, 'LayerNorm.weight')
    .replace(/LayerNorm\.beta$/, 'LayerNorm.bias');
}

function withoutPrefix(name: string, prefix: string): string {
  return name.startsWith(prefix) ? name.slice(prefix.length) : name;
}

function fromDistilbert(name: string): string {
  const bare = withoutPrefix(name, 'distilbert.');
  const found = /^transformer\.(layer\.\d+)\.(.+)\.(weight|bias)$/.exec(bare);
  const part = DISTILBERT_PARTS.find(([theirs]) => theirs === found?.[2]);
  if (found === null || part === undefined) return bare;
  return `encoder.${found[1]}.${part[1]}.${found[3]}`;
}

/** The name in a checkpoint of the family for a canonical name. */
export function nameInFile(name: string, family: Family): string {
  return isHead(name) ? name : name.replace(/^bert\./, `${family}.`);
}

export function isHead(name: string): boolean {
  return /^(classifier_dict\.[^.]+|task_discriminator)\.(weight|bias)$/.test(name);
}

export function isPooler(name: string): boolean {
  return name.startsWith('bert.pooler.');
}
