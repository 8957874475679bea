// Parquet files. The only importer of hyparquet, which is loaded when such a file is read.
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { AsyncBuffer, FileMetaData } from 'hyparquet';
import { nested, objectCells } from './jsonl.ts';
import type { TableRow } from './table.ts';

/** Rows in memory at a time. */
const ROWS_A_READ = 8192;

/** @throws naming the file, if it is not a Parquet file or lacks a column */
export async function* parquetRows(
  place: string,
  name: string,
  wanted: readonly string[],
): AsyncGenerator<TableRow> {
  const { parquetReadObjects } = await import('hyparquet');
  const { compressors } = await import('hyparquet-compressors');
  const file = openFile(place);
  try {
    const metadata = await metadataOf(file, name);
    checkColumns(metadata, name, wanted);
    const total = Number(metadata.num_rows);
    for (let start = 0; start < total; start += ROWS_A_READ) {
      const rows = await parquetReadObjects({
        file,
        metadata,
        compressors,
        columns: [...wanted],
        rowStart: start,
        rowEnd: Math.min(total, start + ROWS_A_READ),
      });
      for (const [i, row] of rows.entries()) {
        yield { line: start + i + 1, ...objectCells(row, wanted) };
      }
    }
  } finally {
    file.close();
  }
}

export async function parquetCount(place: string): Promise<number> {
  const file = openFile(place);
  try {
    return Number((await metadataOf(file, place)).num_rows);
  } finally {
    file.close();
  }
}

async function metadataOf(file: AsyncBuffer, name: string): Promise<FileMetaData> {
  const { parquetMetadataAsync } = await import('hyparquet');
  try {
    return await parquetMetadataAsync(file);
  } catch (error) {
    throw new Error(`${name}: not a Parquet file: ${(error as Error).message}`, { cause: error });
  }
}

/** The schema lists the columns depth first, each with the number of the columns in it. */
function checkColumns({ schema }: FileMetaData, name: string, wanted: readonly string[]): void {
  const columns = new Map<string, boolean>();
  let i = 1;
  const skip = (children: number): void => {
    for (let k = 0; k < children; k++) skip(schema[i++]?.num_children ?? 0);
  };
  while (i < schema.length) {
    const column = schema[i++] as FileMetaData['schema'][number];
    const children = column.num_children ?? 0;
    columns.set(column.name, children > 0 || column.repetition_type === 'REPEATED');
    skip(children);
  }
  for (const column of wanted) {
    const isNested = columns.get(column);
    if (isNested === undefined) {
      const known = [...columns.keys()].join(', ');
      throw new Error(`${name}: there is no column '${column}'; the file has ${known}`);
    }
    if (isNested) throw new Error(`${name}: ${nested(column)}`);
  }
}

function openFile(place: string): AsyncBuffer & { close(): void } {
  const descriptor = openSync(place, 'r');
  const { size } = statSync(place);
  return {
    byteLength: size,
    slice(start, end = size) {
      const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - start));
      for (let at = 0; at < bytes.length;) {
        const read = readSync(descriptor, bytes, at, bytes.length - at, start + at);
        if (read === 0) throw new Error(`${place} became shorter while it was read`);
        at += read;
      }
      return bytes.buffer;
    },
    close: () => closeSync(descriptor),
  };
}
