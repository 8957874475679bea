// Batches of tokens, and the operations that only move or mask values.
import type { Dropout, TokenBatch } from '../backend.ts';
import { layOut, meanShares, numberDistinct, padRows } from '../ragged.ts';
import type { Layout } from '../ragged.ts';
import type { Calls } from './calls.ts';
import { tensor } from './tensors.ts';
import type { HeldPadding, NativeOperation, NativeTensor, NativeTokens } from './tensors.ts';

export function holdTokens(calls: Calls, batch: TokenBatch, padding = 0): NativeTokens {
  const layout = layOut(batch);
  const { rows, tokens, longest, places, segments } = layout;
  const integers = (values: Int32Array) => calls.integers([values.length], values);
  return {
    layout,
    rows,
    tokens,
    longest,
    ids: integers(batch.ids.slice()),
    places: integers(places),
    segments: integers(segments),
    words: () => {
      const { distinct, numbers } = numberDistinct(batch.ids, padding);
      return { ids: distinct, numbers: integers(numbers) };
    },
    firsts: integers(Int32Array.from(batch.offsets.subarray(0, rows))),
    padding: rows * longest === tokens ? undefined : holdPadding(calls, layout),
  };
}

function holdPadding(calls: Calls, layout: Layout): HeldPadding {
  const { padded, unpadded, real, bias } = padRows(layout);
  return {
    padded: calls.integers([padded.length], padded),
    unpadded: calls.integers([unpadded.length], unpadded),
    real: calls.floats([real.length, 1], real),
    bias: calls.floats([layout.rows, 1, 1, layout.longest], bias),
  };
}

export function dropoutOperation(calls: Calls, x: NativeTensor, dropout: Dropout): NativeOperation {
  const { rows, cols } = x;
  const mask = calls.floats([rows, cols], calls.masks.make(rows * cols, dropout));
  return {
    value: tensor(calls.multiply(x.handle, mask), rows, cols),
    backward: (gradient) => [tensor(calls.multiply(gradient.handle, mask), rows, cols)],
  };
}

export function firstTokensOperation(
  calls: Calls,
  x: NativeTensor,
  { rows, firsts }: NativeTokens,
): NativeOperation {
  return {
    value: tensor(calls.gather(x.handle, firsts), rows, x.cols),
    backward: (gradient) => [
      tensor(calls.segmentSums(gradient.handle, firsts, x.rows), x.rows, x.cols),
    ],
  };
}

export function meanTokensOperation(
  calls: Calls,
  x: NativeTensor,
  { layout }: NativeTokens,
): NativeOperation {
  const { rows, tokens } = layout;
  const means = calls.floats([rows, tokens], meanShares(layout));
  return {
    value: tensor(calls.matMul(means, x.handle), rows, x.cols),
    backward: (gradient) => [tensor(calls.matMul(means, gradient.handle, true), x.rows, x.cols)],
  };
}
