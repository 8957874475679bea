/** A preview as data; a terminal and a page draw it in different ways. */
export interface Preview {
  /** `CSV`, `NumPy array`. */
  readonly format: string;
  /** A short description for a list: `int32[2490,24]`. */
  readonly brief: string;
  readonly table?: PreviewTable;
  /** First lines of a text. */
  readonly lines?: readonly string[];
  /** What is not shown: `and 2,480 more rows`. */
  readonly more?: string;
}

export interface PreviewTable {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The maximum number of rows and lines. */
export const SHOWN = 10;
