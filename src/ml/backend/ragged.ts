// The places of a ragged batch's tokens, from which every backend makes its own index tensors.
import type { TokenBatch } from './backend.ts';

export interface Layout {
  readonly rows: number;
  readonly tokens: number;
  /** [rows] */
  readonly lengths: Uint32Array;
  readonly longest: number;
  /** [tokens]: place of each token in its row. */
  readonly places: Int32Array;
  /** [tokens]: 0 or 1. */
  readonly segments: Int32Array;
}

export function layOut({ ids, offsets, firstLength }: TokenBatch): Layout {
  const rows = offsets.length - 1;
  const lengths = new Uint32Array(rows);
  const places = new Int32Array(ids.length);
  const segments = new Int32Array(ids.length);
  let longest = 0;
  for (let r = 0; r < rows; r++) {
    const begin = offsets[r] as number;
    const length = (offsets[r + 1] as number) - begin;
    const first = firstLength[r] as number;
    lengths[r] = length;
    longest = Math.max(longest, length);
    for (let i = 0; i < length; i++) {
      places[begin + i] = i;
      segments[begin + i] = i < first ? 0 : 1;
    }
  }
  return { rows, tokens: ids.length, lengths, longest, places, segments };
}

/** Maps between tokens and rows that are padded to the longest. */
export interface Padding {
  /** Token of each padded place, [rows * longest]; the first token for padding. */
  readonly padded: Int32Array;
  /** Padded place of each token, [tokens]. */
  readonly unpadded: Int32Array;
  /** [rows * longest]: 1 for tokens, 0 for padding. */
  readonly real: Float32Array;
  /** [rows * longest], added to scores: 0 for tokens; for padding so low that exp gives 0. */
  readonly bias: Float32Array;
}

const NEVER = -1e9;

export function padRows({ rows, tokens, lengths, longest }: Layout): Padding {
  const unpadded = new Int32Array(tokens);
  const padded = new Int32Array(rows * longest);
  const real = new Float32Array(rows * longest);
  const bias = new Float32Array(rows * longest).fill(NEVER);
  for (let r = 0, token = 0; r < rows; r++) {
    const begin = r * longest;
    const end = begin + (lengths[r] as number);
    for (let place = begin; place < end; place++, token++) {
      unpadded[token] = place;
      padded[place] = token;
      real[place] = 1;
      bias[place] = 0;
    }
  }
  return { padded, unpadded, real, bias };
}

/** The distinct values, in the order of first occurrence. */
export interface Numbered {
  readonly distinct: Int32Array;
  /** The number of each value among them, or -1 if it is left out. */
  readonly numbers: Int32Array;
}

/** @param skip a value that is left out */
export function numberDistinct(values: Int32Array, skip?: number): Numbered {
  const known = new Map<number, number>();
  const numbers = Int32Array.from(values, (value) => {
    if (value === skip) return -1;
    const number = known.get(value) ?? known.size;
    known.set(value, number);
    return number;
  });
  return { distinct: Int32Array.from(known.keys()), numbers };
}

/** [rows, tokens]: 1 / length where the token is the row's, so that a product gives means of rows. */
export function meanShares({ rows, tokens, lengths }: Layout): Float32Array {
  const shares = new Float32Array(rows * tokens);
  for (let r = 0, begin = 0; r < rows; r++) {
    const length = lengths[r] as number;
    shares.fill(1 / length, r * tokens + begin, r * tokens + begin + length);
    begin += length;
  }
  return shares;
}
