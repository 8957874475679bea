// Batches of tokens, and the operations that only move or mask values.
import type { Dropout, Operation, TokenBatch } from '../backend.ts';
import type { Calls } from './calls.ts';
import type { Masks } from './masks.ts';
import { handleOf, tensor } from './tensors.ts';
import type { NativeTensor, NativeTokens, Padding } from './tensors.ts';

/** Far enough below any score for its exp to be 0. */
const NEVER = -1e9;

export function holdTokens(
  calls: Calls,
  { ids, offsets, firstLength }: TokenBatch,
  padding: number,
): NativeTokens {
  const rows = offsets.length - 1;
  const tokens = ids.length;
  const places = new Int32Array(tokens);
  const segments = new Int32Array(tokens);
  let longest = 0;
  for (let r = 0; r < rows; r++) {
    const begin = offsets[r] as number;
    const length = (offsets[r + 1] as number) - begin;
    longest = Math.max(longest, length);
    const first = firstLength[r] as number;
    for (let i = 0; i < length; i++) {
      places[begin + i] = i;
      segments[begin + i] = i < first ? 0 : 1;
    }
  }
  const integers = (values: Int32Array) => calls.integers([values.length], values);
  const words = numberWords(ids, padding);
  return {
    rows,
    tokens,
    offsets,
    longest,
    ids: integers(ids.slice()),
    places: integers(places),
    segments: integers(segments),
    words: { ids: words.ids, numbers: integers(words.numbers) },
    firsts: integers(Int32Array.from(offsets.subarray(0, rows))),
    padding: rows * longest === tokens ? undefined : padRows(calls, offsets, longest),
  };
}

/** In the order of first occurrence; the padding token has no number. */
function numberWords(ids: Int32Array, padding: number): { ids: Int32Array; numbers: Int32Array } {
  const known = new Map<number, number>([[padding, -1]]);
  const numbers = Int32Array.from(ids, (id) => {
    const number = known.get(id) ?? known.size - 1;
    known.set(id, number);
    return number;
  });
  known.delete(padding);
  return { ids: Int32Array.from(known.keys()), numbers };
}

function padRows(calls: Calls, offsets: Uint32Array, longest: number): Padding {
  const rows = offsets.length - 1;
  const unpadded = new Int32Array(offsets[rows] as number);
  const padded = new Int32Array(rows * longest);
  const real = new Float32Array(rows * longest);
  const bias = new Float32Array(rows * longest).fill(NEVER);
  for (let r = 0; r < rows; r++) {
    const begin = offsets[r] as number;
    const end = offsets[r + 1] as number;
    for (let token = begin, place = r * longest; token < end; token++, place++) {
      unpadded[token] = place;
      padded[place] = token;
      real[place] = 1;
      bias[place] = 0;
    }
  }
  return {
    padded: calls.integers([padded.length], padded),
    unpadded: calls.integers([unpadded.length], unpadded),
    real: calls.floats([rows * longest, 1], real),
    bias: calls.floats([rows, 1, 1, longest], bias),
  };
}

export function dropoutOperation(
  calls: Calls,
  masks: Masks,
  x: NativeTensor,
  dropout: Dropout,
): Operation {
  const { rows, cols } = x;
  const mask = calls.floats([rows, cols], masks.make(rows * cols, dropout));
  return {
    value: tensor(calls.multiply(x.handle, mask), rows, cols),
    backward: (gradient) => [tensor(calls.multiply(handleOf(gradient), mask), rows, cols)],
  };
}

export function firstTokensOperation(
  calls: Calls,
  x: NativeTensor,
  { rows, firsts }: NativeTokens,
): Operation {
  return {
    value: tensor(calls.gather(x.handle, firsts), rows, x.cols),
    backward: (gradient) => [
      tensor(calls.segmentSums(handleOf(gradient), firsts, x.rows), x.rows, x.cols),
    ],
  };
}

export function meanTokensOperation(
  calls: Calls,
  x: NativeTensor,
  { rows, tokens, offsets }: NativeTokens,
): Operation {
  const shares = new Float32Array(rows * tokens);
  for (let r = 0; r < rows; r++) {
    const begin = offsets[r] as number;
    const end = offsets[r + 1] as number;
    shares.fill(1 / (end - begin), r * tokens + begin, r * tokens + end);
  }
  const means = calls.floats([rows, tokens], shares);
  return {
    value: tensor(calls.matMul(means, x.handle), rows, x.cols),
    backward: (gradient) => [tensor(calls.matMul(means, handleOf(gradient), true), x.rows, x.cols)],
  };
}
