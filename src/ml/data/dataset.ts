/** The eight tasks of GLUE that FastMTL uses. */
export type TaskName = 'mnli' | 'rte' | 'qqp' | 'qnli' | 'mrpc' | 'sst2' | 'cola' | 'stsb';

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
