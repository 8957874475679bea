// How the tensors of a DistilBERT and of a RoBERTa differ from a BERT's.
import type { EncoderConfig } from '../encoder/config.ts';
import { POSITION_TABLE, SEGMENT_TABLE } from '../encoder/layout.ts';
import type { Tensor, Weights } from '../encoder/weights.ts';
import { unusedPositions } from './config.ts';
import { nameInFile } from './names.ts';
import type { ModelType } from './names.ts';

/**
 * @param tensors of the checkpoint, under canonical names
 * @returns the encoder's tensors, and in words what was added
 */
export function fromFile(
  type: ModelType,
  config: EncoderConfig,
  tensors: Weights,
): { readonly encoder: Weights; readonly added: readonly string[] } {
  const encoder = new Map(tensors);
  const positions = encoder.get(POSITION_TABLE);
  if (positions !== undefined && positions.shape.length === 2) {
    encoder.set(POSITION_TABLE, dropRows(positions, unusedPositions(config)));
  }
  if (type !== 'distilbert') return { encoder, added: [] };
  // A table of zeros computes what a model without segments does.
  const shape = [config.segments, config.hiddenSize] as const;
  encoder.set(SEGMENT_TABLE, { shape, data: new Float32Array(shape[0] * shape[1]) });
  return { encoder, added: ['segments, which a DistilBERT lacks, beginning with zeros'] };
}

/** The tensors in the form of a checkpoint of the family; unused positions are zeros. */
export function toFile(config: EncoderConfig, weights: Weights): Weights {
  const unused = unusedPositions(config);
  return new Map(
    [...weights].map(([name, tensor]) => [
      nameInFile(name, config.family),
      name === POSITION_TABLE ? prependRows(tensor, unused) : tensor,
    ]),
  );
}

function dropRows({ shape, data }: Tensor, count: number): Tensor {
  const [rows, cols] = shape as [number, number];
  return { shape: [rows - count, cols], data: data.subarray(count * cols) };
}

function prependRows(tensor: Tensor, count: number): Tensor {
  if (count === 0) return tensor;
  const [rows, cols] = tensor.shape as [number, number];
  const data = new Float32Array((count + rows) * cols);
  data.set(tensor.data, count * cols);
  return { shape: [count + rows, cols], data };
}
