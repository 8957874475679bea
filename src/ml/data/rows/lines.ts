import { closeSync, openSync, readSync } from 'node:fs';
import { TextDecoder } from 'node:util';

export interface Line {
  /** From 1. */
  readonly number: number;
  /** Without its end; undefined if the bytes are not UTF-8. */
  readonly text: string | undefined;
}

const CHUNK_BYTES = 1 << 20;
const NEWLINE = 0x0a;
const BYTE_ORDER_MARK = '\ufeff';

/**
 * The lines of a file, read in pieces. Only a line feed ends a line, because GLUE's texts contain other
 * separators. A carriage return before it is removed. The last line may lack it.
 */
export function* readLines(file: string): Generator<Line> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let number = 0;
  const line = (bytes: Uint8Array): Line => {
    number += 1;
    const text = decode(decoder, bytes);
    const marked = number === 1 && text?.startsWith(BYTE_ORDER_MARK) === true;
    return { number, text: marked ? text.slice(1) : text };
  };
  for (const bytes of splitLines(file)) yield line(bytes);
}

/** Counts line feeds, and a last line without one. */
export function countLines(file: string): number {
  let count = 0;
  const descriptor = openSync(file, 'r');
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let last = NEWLINE;
    for (let read = readSync(descriptor, chunk); read > 0; read = readSync(descriptor, chunk)) {
      const bytes = chunk.subarray(0, read);
      for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count++;
      last = bytes[read - 1] as number;
    }
    return last === NEWLINE ? count : count + 1;
  } finally {
    closeSync(descriptor);
  }
}

function decode(decoder: TextDecoder, bytes: Uint8Array): string | undefined {
  try {
    const text = decoder.decode(bytes);
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  } catch {
    return undefined;
  }
}

function* splitLines(file: string): Generator<Uint8Array> {
  const descriptor = openSync(file, 'r');
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    let open: Buffer = Buffer.alloc(0);
    for (;;) {
      const read = readSync(descriptor, chunk);
      if (read === 0) break;
      const bytes = Buffer.concat([open, chunk.subarray(0, read)]);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
        yield bytes.subarray(start, end);
        start = end + 1;
      }
      open = bytes.subarray(start);
    }
    if (open.length > 0) yield open;
  } finally {
    closeSync(descriptor);
  }
}
