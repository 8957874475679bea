/** What is wrong with a pipeline, its params or the command line. Collected, printed once at the edge. */
export interface Diagnostic {
  /** Stable kebab-case name: `unknown-key`, `cycle`, `missing-source`. */
  readonly code: string;
  readonly message: string;
  /** What to write instead. */
  readonly hint?: string;
  readonly location?: Location;
  /** Other places that matter: the first definition, the other end of a cycle. */
  readonly related?: readonly { readonly message: string; readonly location: Location }[];
}

export interface Location {
  /** As the user would name it: relative to the working directory where it lies below it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Characters to underline; 1 if absent. */
  readonly length?: number;
  /** The line's text, so that the printer reads no file. */
  readonly text?: string;
}
