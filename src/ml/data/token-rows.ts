import type { EncodedRows } from '../text/encoded-rows.ts';

/** The token ids of one split of one task: rows of different lengths, unpadded, back to back. */
export interface TokenRows {
  readonly rows: number;
  /** All rows, concatenated. */
  readonly ids: Int32Array;
  /** Row r is ids[offsets[r]] up to ids[offsets[r + 1]]; rows + 1 values. */
  readonly offsets: Uint32Array;
  /** Tokens of `[CLS] a [SEP]`, which are segment 0; the rest of the row is segment 1. */
  readonly firstLength: Uint16Array;
  /** Class id, or score; NaN where unlabelled. */
  readonly labels: Float32Array;
}

/** Collects rows, in memory of about their size. */
export class TokenRowsBuilder {
  readonly #parts: { readonly rows: EncodedRows; readonly labels: readonly number[] }[] = [];
  #rows = 0;
  #tokens = 0;

  get rows(): number {
    return this.#rows;
  }

  /** @param labels one a row */
  add(rows: EncodedRows, labels: readonly number[]): void {
    this.#parts.push({ rows, labels });
    this.#rows += labels.length;
    this.#tokens += rows.ids.length;
  }

  build(): TokenRows {
    const ids = new Int32Array(this.#tokens);
    const offsets = new Uint32Array(this.#rows + 1);
    const firstLength = new Uint16Array(this.#rows);
    const labels = new Float32Array(this.#rows);
    let row = 0;
    for (const part of this.#parts) {
      ids.set(part.rows.ids, offsets[row]);
      firstLength.set(part.rows.firstLengths, row);
      labels.set(part.labels, row);
      for (const length of part.rows.lengths) {
        offsets[row + 1] = (offsets[row] as number) + length;
        row += 1;
      }
    }
    return { rows: this.#rows, ids, offsets, firstLength, labels };
  }
}
