/** A run of whole lines that is a YAML document by itself: a block mapping. */
export interface Piece {
  /** Offsets into the text, end exclusive. */
  readonly start: number;
  readonly end: number;
}

/** One part of a file: entries of its top mapping, or one of them with its value in pieces. */
export type Part =
  | { readonly kind: 'entries'; readonly piece: Piece }
  | {
      readonly kind: 'section';
      /** Its key alone, which begins a line and ends it. */
      readonly key: Piece;
      readonly pieces: readonly Piece[];
    };

/** Characters that are parsed at a time: a parser's nodes take a hundred times their text. */
export const PIECE_LENGTH = 1 << 13;

const KEY = /[\w-]+:/y;
const BARE_KEY = /[\w-]+:[ \t]*(?:#.*)?$/my;

/**
 * Cuts a long file where its top mapping, or a long section of it, goes on with another key. It looks at
 * columns alone, so a line within a text or a bracket may look like a key: then the piece before it does
 * not end, which its parser says, and the file has to be parsed whole. undefined: not a file to be cut.
 */
export function cut(text: string, length = PIECE_LENGTH): readonly Part[] | undefined {
  if (text.length <= length) return undefined;
  const tops = keysAt(text, 0, { start: 0, end: text.length });
  if (tops === undefined) return undefined;
  const parts: Part[] = [];
  let from = 0;
  for (const [at, start] of tops.entries()) {
    const end = tops[at + 1] ?? text.length;
    const section = end - start > length ? sectionOf(text, { start, end }, length) : undefined;
    if (section === undefined) continue;
    if (start > from) parts.push({ kind: 'entries', piece: { start: from, end: start } });
    parts.push(section);
    from = end;
  }
  if (parts.length === 0) return undefined;
  if (from < text.length) parts.push({ kind: 'entries', piece: { start: from, end: text.length } });
  return parts;
}

/** undefined: its value is no mapping below its key. */
function sectionOf(text: string, { start, end }: Piece, length: number): Part | undefined {
  BARE_KEY.lastIndex = start;
  if (!BARE_KEY.test(text)) return undefined;
  const key = { start, end: text.indexOf(':', start) };
  const body = { start: Math.min(text.indexOf('\n', start) + 1, end), end };
  const column = firstColumn(text, body);
  const keys = column === undefined ? undefined : keysAt(text, column, body);
  if (keys === undefined) return undefined;
  const pieces: Piece[] = [];
  // What stands before the first key are comments.
  let from = body.start;
  for (const place of keys) {
    if (place - from < length) continue;
    pieces.push({ start: from, end: place });
    from = place;
  }
  return { kind: 'section', key, pieces: [...pieces, { start: from, end }] };
}

/** Where lines with a key in this column begin. undefined: a line begins further left, or with no key. */
function keysAt(text: string, column: number, { start, end }: Piece): number[] | undefined {
  const keys: number[] = [];
  for (const { line, first } of lines(text, { start, end })) {
    // Deeper, it belongs to the key above.
    if (first - line > column && keys.length > 0) continue;
    KEY.lastIndex = first;
    if (first - line !== column || !KEY.test(text)) return undefined;
    keys.push(line);
  }
  return keys.length === 0 ? undefined : keys;
}

function firstColumn(text: string, piece: Piece): number | undefined {
  for (const { line, first } of lines(text, piece)) return first - line;
  return undefined;
}

/** Lines that hold something but a comment: where they begin, and what is in them. */
function* lines(text: string, { start, end }: Piece): Iterable<{ line: number; first: number }> {
  for (let line = start; line < end;) {
    const next = text.indexOf('\n', line) + 1 || end;
    let first = line;
    while (text[first] === ' ') first += 1;
    const char = text[first];
    if (first < next && char !== '#' && char !== '\n' && char !== '\r') yield { line, first };
    line = next;
  }
}
