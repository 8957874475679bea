// Small models and ragged batches.
import type { TaskName } from '../../../src/ml/tasks/task.ts';
import type { EncoderConfig } from '../../../src/ml/encoder/config.ts';
import { Stream } from '../../../src/ml/random.ts';
import type { TaskBatch } from '../../../src/ml/train/gather.ts';

export const SMALL: EncoderConfig = {
  family: 'bert',
  vocabSize: 30,
  hiddenSize: 16,
  layers: 2,
  heads: 2,
  ffnSize: 24,
  positions: 16,
  segments: 2,
  padding: 0,
  layerNormEps: 1e-12,
  initializerRange: 0.3,
};

/** Rows of 1 to 13 tokens; the last row is of one token. */
export function raggedBatch(
  seed: number,
  {
    task = 'rte',
    rows = 6,
    classes = 2,
  }: { task?: TaskName; rows?: number; classes?: number } = {},
): TaskBatch {
  const stream = Stream.named(seed, 'batch');
  const lengths = Array.from({ length: rows }, (_, r) =>
    r === rows - 1 ? 1 : 1 + stream.below(13),
  );
  const offsets = new Uint32Array(rows + 1);
  for (const [r, length] of lengths.entries()) offsets[r + 1] = (offsets[r] as number) + length;
  return {
    task,
    ids: Int32Array.from({ length: offsets[rows] as number }, () => stream.below(SMALL.vocabSize)),
    offsets,
    firstLength: Uint16Array.from(lengths, (length) => 1 + stream.below(length)),
    labels: Float32Array.from({ length: rows }, () =>
      classes === 1 ? stream.normal() : stream.below(classes),
    ),
  };
}

export function normals(seed: number, length: number, scale = 1): Float32Array {
  const stream = Stream.named(seed, 'values', `${length}`);
  return Float32Array.from({ length }, () => scale * stream.normal());
}
