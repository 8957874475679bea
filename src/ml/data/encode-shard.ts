// Encodes a shard's rows in pieces, and packs them for the disk.
import { joinRows } from '../text/encoded-rows.ts';
import type { EncodedRows, RowTexts } from '../text/encoded-rows.ts';
import type { RowEncoder } from '../text/row-encoder.ts';

/** Rows of a piece: about 50 ms of one thread. */
const PIECE = 512;

/** Pieces in progress per thread, so that no thread waits for the next one. */
const AHEAD = 2;

export async function encodeShard(
  encoder: RowEncoder,
  texts: readonly RowTexts[],
  onRows: (done: number) => void,
): Promise<EncodedRows> {
  const parts: EncodedRows[] = [];
  const underWay: Promise<EncodedRows>[] = [];
  let done = 0;
  const takeFirst = async (): Promise<void> => {
    const part = (await underWay.shift()) as EncodedRows;
    parts.push(part);
    done += part.lengths.length;
    onRows(done);
  };
  for (let start = 0; start < texts.length; start += PIECE) {
    const piece = encoder.encode(texts.slice(start, start + PIECE));
    // The failure is thrown where the piece is awaited; before that it must not end the process.
    piece.catch(() => undefined);
    underWay.push(piece);
    if (underWay.length >= encoder.width * AHEAD) await takeFirst();
  }
  while (underWay.length > 0) await takeFirst();
  return joinRows(parts);
}

const HEAD = 3;

/** The number of rows, cut and unknown; then lengths, first lengths and ids. */
export function packRows({ ids, lengths, firstLengths, cut, unknown }: EncodedRows): Int32Array {
  const rows = lengths.length;
  const packed = new Int32Array(HEAD + 2 * rows + ids.length);
  packed.set([rows, cut, unknown]);
  packed.set(lengths, HEAD);
  packed.set(firstLengths, HEAD + rows);
  packed.set(ids, HEAD + 2 * rows);
  return packed;
}

/** @returns undefined if the values are not those of this number of rows */
export function unpackRows(packed: Int32Array, rows: number): EncodedRows | undefined {
  if (packed[0] !== rows) return undefined;
  const part = (from: number, to?: number) => packed.slice(HEAD + from, to && HEAD + to);
  const [, cut = 0, unknown = 0] = packed;
  const lengths = part(0, rows);
  const ids = part(2 * rows);
  if (lengths.reduce((sum, n) => sum + n, 0) !== ids.length) return undefined;
  return { ids, lengths, firstLengths: part(rows, 2 * rows), cut, unknown };
}
