// A given pre-trained encoder: loaded, checked, and completed with new heads.
import path from 'node:path';
import type { EncoderConfig } from '../encoder/config.ts';
import type { Pooling } from '../encoder/forward.ts';
import { completeWeights } from '../encoder/init.ts';
import type { InitialSettings } from '../encoder/init.ts';
import type { Weights } from '../encoder/weights.ts';
import { readHfFolder } from '../hf/folder.ts';
import { readModules } from '../hf/sentence-transformers.ts';

export interface LoadedEncoder {
  readonly config: EncoderConfig;
  /** Encoder and new heads. */
  readonly weights: Weights;
  /** False: the weights have a new one. */
  readonly hasPooler: boolean;
  /** What was added or left out, one sentence each. */
  readonly notes: readonly string[];
}

/**
 * @param seed of what the checkpoint lacks
 * @throws naming the folder, where config.json and weights do not belong together
 */
export function loadEncoder(
  folder: string,
  parts: Pick<InitialSettings, 'heads' | 'discriminator'>,
  seed: number,
): LoadedEncoder {
  const { config, encoder, added, hasPooler, ignored } = readHfFolder(folder);
  const whole = complete(folder, config, encoder, parts, seed);
  const unread = [...ignored, ...[...encoder.keys()].filter((name) => !whole.has(name))];
  const notes = added.map((part) => `the encoder gets ${part}`);
  if (unread.length > 0) notes.push(`not used from the encoder: ${shortened(unread)}`);
  return { config, weights: whole, hasPooler, notes };
}

/**
 * Checks an encoder before any work is done with it.
 * @returns notes for the user, one sentence each
 * @throws naming the folder and what is wrong
 */
export function checkEncoder(folder: string): readonly string[] {
  const { weights, notes } = loadEncoder(folder, { heads: [], discriminator: 0 }, 0);
  for (const [name, { data }] of weights) {
    const at = data.findIndex((x) => !Number.isFinite(x));
    if (at !== -1) {
      throw new Error(`${folder}: tensor '${name}' has a value that is ${data[at]}: the weights are damaged, or their training went wrong`); // prettier-ignore
    }
  }
  return notes;
}

function complete(
  folder: string,
  config: EncoderConfig,
  encoder: Weights,
  parts: Pick<InitialSettings, 'heads' | 'discriminator'>,
  seed: number,
): Weights {
  const layers = new Set([...encoder.keys()].flatMap((name) => /^bert\.encoder\.layer\.(\d+)\./.exec(name)?.[1] ?? [])); // prettier-ignore
  const file = path.join(folder, 'config.json');
  if (config.layers > layers.size) {
    throw new Error(
      `${file}: num_hidden_layers is ${config.layers}, but the weights have ${layers.size}`,
    );
  }
  try {
    return completeWeights(encoder, config, parts, seed).weights;
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${file} and the weights next to it do not match: ${message}`, { cause: error }); // prettier-ignore
  }
}

/** A note if a sentence encoder was trained with another pooling. */
export function poolingNote(folder: string, pooling: Pooling): string | undefined {
  const trained = readModules(folder)?.pooling;
  if (trained === undefined) return undefined;
  const own = { mean_tokens: 'mean', cls_token: 'cls' }[trained];
  if (own === pooling) return undefined;
  const advice = own === undefined ? '' : `; -p model.pooling=${own} takes the same`;
  return `the encoder was trained to be pooled by ${trained}, and model.pooling is ${pooling}${advice}`;
}

/** Keeps a note to about one line. */
function shortened(names: readonly string[]): string {
  const MAX_NAMES = 8;
  if (names.length <= MAX_NAMES) return names.join(', ');
  return `${names.slice(0, MAX_NAMES).join(', ')} and ${names.length - MAX_NAMES} more`;
}
