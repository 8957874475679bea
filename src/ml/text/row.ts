// A row's one or two texts as token ids: `[CLS] a [SEP]` or `[CLS] a [SEP] b [SEP]`; a RoBERTa has two
// [SEP] between them, of which the first ends `a`.
import type { Tokenizer } from './tokenizer.ts';

export interface EncodedRow {
  readonly ids: readonly number[];
  /** Tokens of `[CLS] a [SEP]`. */
  readonly firstLength: number;
  /** Tokens that did not fit. */
  readonly cut: number;
}

/** @param maxLength tokens, [CLS] and [SEP] counted */
export function encodeRow(
  { ids, cls, sep, between }: Tokenizer,
  texts: readonly [string] | readonly [string, string],
  maxLength: number,
): EncodedRow {
  const a = ids(texts[0]);
  if (texts[1] === undefined) {
    const kept = a.slice(0, maxLength - 2);
    return { ids: [cls, ...kept, sep], firstLength: kept.length + 2, cut: a.length - kept.length };
  }
  const b = ids(texts[1]);
  const [keptA, keptB] = longestFirst(a.length, b.length, maxLength - 2 - between);
  const middle = between === 1 ? [sep] : [sep, sep];
  return {
    ids: [cls, ...a.slice(0, keptA), ...middle, ...b.slice(0, keptB), sep],
    firstLength: keptA + 2,
    cut: a.length + b.length - keptA - keptB,
  };
}

/**
 * How many tokens of each text are kept, as the Rust tokenizers' longest_first does: if both exceed half
 * of the room, the longer one gets the odd place; of equally long ones, the second.
 * @returns two lengths whose sum is at most `room`
 */
export function longestFirst(a: number, b: number, room: number): readonly [number, number] {
  if (a + b <= room) return [a, b];
  const half = Math.floor(room / 2);
  const rest = room - half;
  if (Math.min(a, b) > half) return a > b ? [rest, half] : [half, rest];
  return a > b ? [room - b, b] : [a, room - a];
}
