// Comma-separated values as RFC 4180 describes them. A field in quotes may contain commas, line feeds and
// doubled quotes.
import type { Line } from './lines.ts';
import { NOT_UTF8, untilBlankEnd } from './table.ts';
import type { TableRecord } from './table.ts';

/** A record whose last field is in quotes that are still open. */
interface Open {
  readonly line: number;
  readonly cells: string[];
  cell: string;
}

export function* csvRecords(lines: Iterable<Line>): Generator<TableRecord> {
  let open: Open | undefined;
  for (const { number, text } of untilBlankEnd(lines)) {
    if (text === undefined) {
      yield { line: number, cells: { problem: NOT_UTF8 } };
      open = undefined;
      continue;
    }
    const from: Open = open ?? { line: number, cells: [], cell: '' };
    if (open !== undefined) from.cell += '\n';
    const end = readLine(text, from, open !== undefined);
    open = end === 'open' ? from : undefined;
    if (end === 'open') continue;
    yield { line: from.line, cells: end === 'closed' ? from.cells : { problem: end } };
  }
  if (open !== undefined) {
    yield { line: open.line, cells: { problem: 'a quote is opened here and never closed' } };
  }
}

/** Reads a line into the record. @returns how the record stands, or what is wrong with the line */
function readLine(text: string, to: Open, inQuotes: boolean): 'open' | 'closed' | string {
  let at = 0;
  let quoted = inQuotes;
  for (;;) {
    if (!quoted && text[at] === '"') {
      quoted = true;
      at += 1;
    }
    if (!quoted) {
      const comma = text.indexOf(',', at);
      to.cells.push(comma === -1 ? text.slice(at) : text.slice(at, comma));
      if (comma === -1) return 'closed';
      at = comma + 1;
      continue;
    }
    const quote = text.indexOf('"', at);
    if (quote === -1) {
      to.cell += text.slice(at);
      return 'open';
    }
    to.cell += text.slice(at, quote);
    at = quote + 1;
    if (text[at] === '"') {
      to.cell += '"';
      at += 1;
      continue;
    }
    to.cells.push(to.cell);
    to.cell = '';
    quoted = false;
    if (at === text.length) return 'closed';
    if (text[at] !== ',') return `text follows the closing quote in column ${to.cells.length}`;
    at += 1;
  }
}
