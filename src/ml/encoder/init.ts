// New weights. Every tensor has a random stream by its name, so that another head or a deeper encoder
// changes no other tensor.
import { Stream } from '../random.ts';
import type { EncoderConfig } from './config.ts';
import { encoderSlots, headSlots, WORD_TABLE } from './layout.ts';
import type { Head, Part } from './layout.ts';
import type { Weights } from './weights.ts';

export interface InitialSettings {
  readonly heads: readonly Head[];
  /** Outputs of the discriminator; 0: there is none. */
  readonly discriminator: number;
  /**
   * Standard deviation of all matrices but the embedding tables, which always have
   * `initializerRange`; absent: `initializerRange` too, as in BERT.
   */
  readonly matrixRange?: number;
}

/** Matrices N(0, range), the padding token's embedding and biases 0, LayerNorm's weights 1. */
export function initialWeights(
  config: EncoderConfig,
  settings: InitialSettings,
  seed: number,
): Weights {
  const how = { ...config, matrixRange: settings.matrixRange ?? config.initializerRange };
  return new Map(
    parts(config, settings).map((part) => [
      part.name,
      { shape: part.shape, data: initialTensor(part, how, seed) },
    ]),
  );
}

/**
 * Completes a checkpoint: the seed gives a pooler and heads if they are missing, and tensors that the
 * model does not have are left out.
 *
 * @returns the weights, and the names of the tensors that are fresh
 * @throws where a tensor of the encoder is missing or has another shape
 */
export function completeWeights(
  loaded: Weights,
  config: EncoderConfig,
  settings: InitialSettings,
  seed: number,
): { readonly weights: Weights; readonly fresh: readonly string[] } {
  const how = { ...config, matrixRange: settings.matrixRange ?? config.initializerRange };
  const fresh: string[] = [];
  const weights = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const part of parts(config, settings)) {
    const { name, shape } = part;
    const found = loaded.get(name);
    if (found !== undefined) {
      if (found.shape.join() !== shape.join()) {
        throw new Error(
          `tensor '${name}' is [${found.shape.join(', ')}], the model's is [${shape.join(', ')}]`,
        );
      }
      weights.set(name, found);
    } else if (name.startsWith('bert.') && !name.startsWith('bert.pooler.')) {
      throw new Error(`the checkpoint has no tensor '${name}'`);
    } else {
      fresh.push(name);
      // Only missing tensors are drawn, because drawing those of a large encoder takes long.
      weights.set(name, { shape, data: initialTensor(part, how, seed) });
    }
  }
  return { weights, fresh };
}

function parts(config: EncoderConfig, { heads, discriminator }: InitialSettings): readonly Part[] {
  const slots = [...encoderSlots(config), ...headSlots(config.hiddenSize, heads, discriminator)];
  return slots.flatMap((slot) => slot.parts);
}

function initialTensor(
  { name, shape }: Part,
  how: EncoderConfig & { readonly matrixRange: number },
  seed: number,
): Float32Array {
  const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
  if (shape.length === 1) return name.endsWith('LayerNorm.weight') ? data.fill(1) : data;
  const std = name.includes('embeddings') ? how.initializerRange : how.matrixRange;
  const stream = Stream.named(seed, 'init', name);
  for (let i = 0; i < data.length; i++) data[i] = std * stream.normal();
  if (name === WORD_TABLE) {
    const width = shape[1] as number;
    data.fill(0, how.padding * width, (how.padding + 1) * width);
  }
  return data;
}
