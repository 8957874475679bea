/**
 * A mistake in a pipeline, its params or the command line. flow collects them and prints them once,
 * at the end.
 */
export interface Diagnostic {
  /** Stable kebab-case name: `unknown-key`, `cycle`, `missing-source`. */
  readonly code: string;
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
  readonly location?: Location;
  /** Related places: the first definition, the other end of a cycle. */
  readonly related?: readonly { readonly message: string; readonly location: Location }[];
}

export interface Location {
  /** The path as a user writes it: relative to the working directory if the file is below it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Characters to underline; 1 if absent. */
  readonly length?: number;
  /** The text of the line, so that printing reads no file. */
  readonly text?: string;
}
