// Opens a file of any format as a table.
import { csvRecords } from './csv.ts';
import { jsonlRows } from './jsonl.ts';
import { countLines, readLines } from './lines.ts';
import { parquetCount, parquetRows } from './parquet.ts';
import { tableRows, tsvRecords } from './table.ts';
import type { TableRow } from './table.ts';
import type { RowFile } from './task-files.ts';

/**
 * @param wanted names of columns; their cells come in this order
 * @throws when the file is empty, or has no such column
 */
export function openTable(
  { place, name, format, columns }: RowFile,
  wanted: readonly string[],
): Iterable<TableRow> | AsyncIterable<TableRow> {
  switch (format) {
    case 'tsv':
      return tableRows(name, tsvRecords(readLines(place)), wanted, columns, 'tabs');
    case 'csv':
      return tableRows(name, csvRecords(readLines(place)), wanted, columns, 'commas');
    case 'jsonl':
      return jsonlRows(readLines(place), wanted);
    case 'parquet':
      return parquetRows(place, name, wanted);
  }
}

/** Lines of a file, or rows of a Parquet file: an upper limit of its rows, for progress. */
export async function countRows({ place, format }: RowFile): Promise<number> {
  return format === 'parquet' ? parquetCount(place) : countLines(place);
}
