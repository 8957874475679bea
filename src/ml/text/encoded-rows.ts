// Many rows as token ids in typed arrays, to send between threads and to keep on disk.
import { encodeRow } from './row.ts';
import type { Tokenizer } from './tokenizer.ts';

export type RowTexts = readonly [string] | readonly [string, string];

export interface EncodedRows {
  /** All rows, concatenated. */
  readonly ids: Int32Array;
  /** [rows]: tokens of each. */
  readonly lengths: Int32Array;
  /** [rows]: tokens of `[CLS] a [SEP]`. */
  readonly firstLengths: Int32Array;
  /** Rows that did not fit. */
  readonly cut: number;
  /** [UNK] among the ids. */
  readonly unknown: number;
}

/** @param maxLength tokens of a row, [CLS] and [SEP] counted */
export function encodeRows(
  tokenizer: Tokenizer,
  rows: readonly RowTexts[],
  maxLength: number,
): EncodedRows {
  const lengths = new Int32Array(rows.length);
  const firstLengths = new Int32Array(rows.length);
  const ids = new Int32Array(rows.length * maxLength);
  let end = 0;
  let cut = 0;
  let unknown = 0;
  for (const [i, texts] of rows.entries()) {
    const row = encodeRow(tokenizer, texts, maxLength);
    ids.set(row.ids, end);
    end += row.ids.length;
    lengths[i] = row.ids.length;
    firstLengths[i] = row.firstLength;
    if (row.cut > 0) cut += 1;
    for (const id of row.ids) if (id === tokenizer.unk) unknown += 1;
  }
  return { ids: ids.slice(0, end), lengths, firstLengths, cut, unknown };
}

/** Concatenates the parts. */
export function joinRows(parts: readonly EncodedRows[]): EncodedRows {
  const join = (of: (part: EncodedRows) => Int32Array): Int32Array => {
    const joined = new Int32Array(parts.reduce((sum, part) => sum + of(part).length, 0));
    let at = 0;
    for (const part of parts) {
      joined.set(of(part), at);
      at += of(part).length;
    }
    return joined;
  };
  return {
    ids: join(({ ids }) => ids),
    lengths: join(({ lengths }) => lengths),
    firstLengths: join(({ firstLengths }) => firstLengths),
    cut: parts.reduce((sum, { cut }) => sum + cut, 0),
    unknown: parts.reduce((sum, { unknown }) => sum + unknown, 0),
  };
}
