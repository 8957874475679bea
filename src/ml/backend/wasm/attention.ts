import type { Dropout } from '../backend.ts';
import { dropoutThreshold } from '../dropout.ts';
import type { Arena, WasmOperation, WasmTensor, WasmTokens } from './arena.ts';

export function attentionOperation(
  arena: Arena,
  qkv: WasmTensor,
  tokens: WasmTokens,
  heads: number,
  dropout: Dropout | undefined,
): WasmOperation {
  const hidden = qkv.cols / 3;
  const size = hidden / heads;
  const { kernels, scratch } = arena;
  const { offsets, rows, longest } = tokens;
  const key = dropout?.key ?? 0;
  const threshold = dropout === undefined ? 0 : dropoutThreshold(dropout.rate);
  const keep = dropout === undefined ? 1 : 1 / (1 - dropout.rate);
  const largest = 4 * probabilities(longest);
  const all = tokens.lengths.reduce((sum, length) => sum + heads * probabilities(length), 0);
  const kept = arena.take(arena.gradients ? 4 * all : largest);
  const value = arena.tensor(tokens.tokens, hidden);
  const half = dropout === undefined ? 0 : largest;
  const dropped = arena.take(half);
  // prettier-ignore
  kernels.attention(
    qkv.address, offsets, rows, heads, size, kept, arena.gradients, value.address, dropped,
    key, threshold, keep, longest, scratch,
  );
  return {
    value,
    backward: (gradient) => {
      const by = arena.tensor(qkv.rows, qkv.cols);
      const work = arena.take(half + largest);
      // prettier-ignore
      kernels.attentionBackward(
        gradient.address, qkv.address, offsets, rows, heads, size, kept,
        by.address, work, half, key, threshold, keep, longest, scratch,
      );
      return [by];
    },
  };
}

/** The number of values that the kernels hold of one row and head; columns are rounded up to 8. */
function probabilities(length: number): number {
  return length * Math.ceil(length / 8) * 8;
}
