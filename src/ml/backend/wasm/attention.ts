import type { Dropout, Operation } from '../backend.ts';
import { dropoutThreshold } from '../dropout.ts';
import type { Room, WasmTensor, WasmTokens } from './room.ts';

export function attentionOperation(
  room: Room,
  qkv: WasmTensor,
  tokens: WasmTokens,
  heads: number,
  dropout: Dropout | undefined,
): Operation {
  const hidden = qkv.cols / 3;
  const size = hidden / heads;
  const { kernels, scratch } = room;
  const { offsets, rows, longest } = tokens;
  const key = dropout?.key ?? 0;
  const threshold = dropout === undefined ? 0 : dropoutThreshold(dropout.rate);
  const keep = dropout === undefined ? 1 : 1 / (1 - dropout.rate);
  const largest = 4 * probabilities(longest);
  const all = tokens.lengths.reduce((sum, length) => sum + heads * probabilities(length), 0);
  const kept = room.take(room.gradients ? 4 * all : largest);
  const value = room.tensor(tokens.tokens, hidden);
  const half = dropout === undefined ? 0 : largest;
  const dropped = room.take(half);
  // prettier-ignore
  kernels.attention(
    qkv.address, offsets, rows, heads, size, kept, room.gradients, value.address, dropped,
    key, threshold, keep, longest, scratch,
  );
  return {
    value,
    backward: (gradient) => {
      const by = room.tensor(qkv.rows, qkv.cols);
      const work = room.take(half + largest);
      // prettier-ignore
      kernels.attentionBackward(
        (gradient as WasmTensor).address, qkv.address, offsets, rows, heads, size, kept,
        by.address, work, half, key, threshold, keep, longest, scratch,
      );
      return [by];
    },
  };
}

/** Values that the kernels hold of one row and head: its columns are rounded up to 8. */
function probabilities(length: number): number {
  return length * Math.ceil(length / 8) * 8;
}
