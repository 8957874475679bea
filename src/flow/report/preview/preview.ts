/** Data for a person to look at; a terminal and a page draw it each in its way. */
export interface Preview {
  /** `CSV`, `NumPy array`. */
  readonly format: string;
  /** What it is in a few words, for a line of a list: `int32[2490,24]`. */
  readonly brief: string;
  readonly table?: PreviewTable;
  /** First lines of a text. */
  readonly lines?: readonly string[];
  /** What was left out: `and 2,480 more rows`. */
  readonly more?: string;
}

export interface PreviewTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Rows and lines that are shown. */
export const SHOWN = 10;
