import type { Location } from '../core/diagnostic.ts';

/** The text of a pipeline file; converts offsets into places. */
export class SourceFile {
  /** The path as a user writes it. */
  readonly name: string;
  readonly text: string;
  #lineStarts: number[] | undefined;

  constructor(name: string, text: string) {
    this.name = name;
    this.text = text;
  }

  /**
   * Line and column (from 1) of an offset, with the text of the line. The span ends at the end of
   * the line at the latest.
   */
  at(span: Span): Location {
    const starts = (this.#lineStarts ??= lineStarts(this.text));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= span.start) low = middle;
      else high = middle - 1;
    }
    const start = starts[low] ?? 0;
    const newline = this.text.indexOf('\n', start);
    const end = newline === -1 ? this.text.length : newline;
    const text = this.text.slice(start, end).replace(/\r$/, '');
    const length = Math.max(1, Math.min(span.end, start + text.length) - span.start);
    return { file: this.name, line: low + 1, column: span.start - start + 1, length, text };
  }
}

/** Offsets into the text, end exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}
