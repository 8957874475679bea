// Batches of tokens, and the operations that only move or mask values.
import type { Dropout, TokenBatch } from '../backend.ts';
import { dropoutThreshold } from '../dropout.ts';
import { layOut, numberDistinct } from '../ragged.ts';
import { checkWidth } from './arena.ts';
import type { Arena, WasmOperation, WasmTensor, WasmTokens } from './arena.ts';

export function holdTokens(arena: Arena, batch: TokenBatch, padding = 0): WasmTokens {
  const { rows, tokens, lengths, longest, places, segments } = layOut(batch);
  return {
    rows,
    tokens,
    ids: arena.holdIntegers(batch.ids),
    places: arena.holdIntegers(places),
    segments: arena.holdIntegers(segments),
    offsets: arena.holdIntegers(batch.offsets),
    words: () => numberDistinct(batch.ids, padding).distinct,
    padding,
    lengths,
    longest,
  };
}

export function dropoutOperation(
  arena: Arena,
  x: WasmTensor,
  { rate, key }: Dropout,
): WasmOperation {
  const { rows, cols } = x;
  const apply = (from: WasmTensor): WasmTensor => {
    const to = arena.tensor(rows, cols);
    const threshold = dropoutThreshold(rate);
    const scale = 1 / (1 - rate);
    arena.kernels.dropout(from.address, to.address, rows * cols, key, threshold, scale);
    return to;
  };
  return { value: apply(x), backward: (gradient) => [apply(gradient)] };
}

export function firstTokensOperation(
  arena: Arena,
  x: WasmTensor,
  tokens: WasmTokens,
): WasmOperation {
  const { cols } = x;
  const starts: number[] = [];
  for (let at = 0, r = 0; r < tokens.rows; at += tokens.lengths[r++] as number) starts.push(at);
  const value = arena.tensor(tokens.rows, cols);
  const from = arena.view(x);
  const to = arena.view(value);
  for (const [r, start] of starts.entries()) {
    to.set(from.subarray(start * cols, (start + 1) * cols), r * cols);
  }
  return {
    value,
    backward: (gradient) => {
      const by = arena.zeros(x.rows, cols);
      const from = arena.view(gradient);
      const to = arena.view(by);
      for (const [r, start] of starts.entries()) {
        to.set(from.subarray(r * cols, (r + 1) * cols), start * cols);
      }
      return [by];
    },
  };
}

export function meanTokensOperation(
  arena: Arena,
  x: WasmTensor,
  tokens: WasmTokens,
): WasmOperation {
  const { cols } = x;
  checkWidth(cols);
  const { rows, offsets } = tokens;
  const value = arena.tensor(rows, cols);
  arena.kernels.meanRows(x.address, offsets, rows, cols, value.address);
  return {
    value,
    backward: (gradient) => {
      const by = arena.tensor(x.rows, cols);
      const { address } = gradient;
      arena.kernels.meanRowsBackward(address, offsets, rows, cols, by.address);
      return [by];
    },
  };
}

export function addTensors(arena: Arena, a: WasmTensor, b: WasmTensor): WasmTensor {
  const to = arena.tensor(a.rows, a.cols);
  arena.kernels.add(a.address, b.address, to.address, a.rows * a.cols);
  return to;
}
