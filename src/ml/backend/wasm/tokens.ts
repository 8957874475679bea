// Batches of tokens, and the operations that only move or mask values.
import type { Dropout, Operation, TokenBatch } from '../backend.ts';
import { dropoutThreshold } from '../dropout.ts';
import { layOut, numberDistinct } from '../ragged.ts';
import { checkWidth } from './room.ts';
import type { Room, WasmTensor, WasmTokens } from './room.ts';

export function holdTokens(room: Room, batch: TokenBatch, padding: number): WasmTokens {
  const { rows, tokens, lengths, longest, places, segments } = layOut(batch);
  return {
    rows,
    tokens,
    ids: room.holdIntegers(batch.ids),
    places: room.holdIntegers(places),
    segments: room.holdIntegers(segments),
    offsets: room.holdIntegers(batch.offsets),
    words: () => numberDistinct(batch.ids, padding).distinct,
    padding,
    lengths,
    longest,
  };
}

export function dropoutOperation(room: Room, x: WasmTensor, { rate, key }: Dropout): Operation {
  const { rows, cols } = x;
  const apply = (from: WasmTensor): WasmTensor => {
    const to = room.tensor(rows, cols);
    const threshold = dropoutThreshold(rate);
    const scale = 1 / (1 - rate);
    room.kernels.dropout(from.address, to.address, rows * cols, key, threshold, scale);
    return to;
  };
  return { value: apply(x), backward: (gradient) => [apply(gradient as WasmTensor)] };
}

export function firstTokensOperation(room: Room, x: WasmTensor, tokens: WasmTokens): Operation {
  const { cols } = x;
  const starts: number[] = [];
  for (let at = 0, r = 0; r < tokens.rows; at += tokens.lengths[r++] as number) starts.push(at);
  const value = room.tensor(tokens.rows, cols);
  const from = room.view(x);
  const to = room.view(value);
  for (const [r, start] of starts.entries()) {
    to.set(from.subarray(start * cols, (start + 1) * cols), r * cols);
  }
  return {
    value,
    backward: (gradient) => {
      const by = room.zeros(x.rows, cols);
      const from = room.view(gradient as WasmTensor);
      const to = room.view(by);
      for (const [r, start] of starts.entries()) {
        to.set(from.subarray(r * cols, (r + 1) * cols), start * cols);
      }
      return [by];
    },
  };
}

export function meanTokensOperation(room: Room, x: WasmTensor, tokens: WasmTokens): Operation {
  const { cols } = x;
  checkWidth(cols);
  const { rows, offsets } = tokens;
  const value = room.tensor(rows, cols);
  room.kernels.meanRows(x.address, offsets, rows, cols, value.address);
  return {
    value,
    backward: (gradient) => {
      const by = room.tensor(x.rows, cols);
      const { address } = gradient as WasmTensor;
      room.kernels.meanRowsBackward(address, offsets, rows, cols, by.address);
      return [by];
    },
  };
}

export function addTensors(room: Room, a: WasmTensor, b: WasmTensor): WasmTensor {
  const to = room.tensor(a.rows, a.cols);
  room.kernels.add(a.address, b.address, to.address, a.rows * a.cols);
  return to;
}
