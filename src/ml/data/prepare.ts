// A task's files as token rows.
import { isLabelled } from '../tasks/task.ts';
import type { Split, Task } from '../tasks/task.ts';
import type { EncodedRows } from '../text/encoded-rows.ts';
import type { RowEncoder } from '../text/row-encoder.ts';
import type { TokenRows } from './token-rows.ts';
import { encodeShard, packRows, unpackRows } from './encode-shard.ts';
import { countRows } from './rows/open-table.ts';
import { readRows } from './rows/read-rows.ts';
import type { RawRow } from './rows/read-rows.ts';
import { taskFiles, trainingFiles } from './rows/task-files.ts';
import type { FindFile, RowFile } from './rows/task-files.ts';
import { trainingRows } from './rows/training-rows.ts';
import type { RowDraw } from './rows/training-rows.ts';
import type { Shards } from './shards.ts';
import { TokenRowsBuilder } from './token-rows.ts';

export interface PrepareSettings {
  readonly task: Task;
  readonly draw: RowDraw;
  readonly badRows: BadRows;
}

export type BadRows = 'fail' | 'skip';

export interface PrepareHelp {
  readonly encoder: RowEncoder;
  /** Keeps the encoded rows of large files. Rows are read and checked again in any case. */
  readonly shards?: Shards;
  /** Rows of a shard. */
  readonly shardRows?: number;
  /** Rows done, of all rows of all files. */
  readonly onRows?: (done: number, total: number) => void;
  /** Gets the rows of each split in their order, in pieces. */
  readonly onTexts?: (split: Split, rows: readonly RawRow[]) => void;
}

export interface Prepared {
  readonly splits: ReadonlyMap<Split, TokenRows>;
  /** Names of the task's files that the data lacks. */
  readonly missing: readonly string[];
  /** The problems of the rows of each split that could not be used. */
  readonly bad: ReadonlyMap<Split, readonly string[]>;
  /** Tokens of the longest row. */
  readonly longest: number;
  /** Rows that did not fit into maxLength. */
  readonly cut: number;
  /** [UNK] among all tokens. */
  readonly unknown: number;
}

/** About 10 seconds of one thread, and about 20 MB of texts in memory. */
const SHARD_ROWS = 65_536;

/** @throws naming file and line: no training file, a column that is missing, a bad row */
export async function prepareTask(
  find: FindFile,
  settings: PrepareSettings,
  help: PrepareHelp,
): Promise<Prepared> {
  const { task, draw } = settings;
  trainingFiles(task, find);
  const found: { readonly split: Split; readonly files: readonly RowFile[]; readonly rows: number }[] = []; // prettier-ignore
  const missing: string[] = [];
  for (const [split, named] of Object.entries(task.files)) {
    const files = taskFiles(task, split, find);
    if (files === undefined) {
      missing.push(...named.map(({ path }) => path));
      continue;
    }
    let rows = 0;
    for (const file of files) rows += await countRows(file);
    const most = split === 'train' ? (draw.rows ?? Infinity) : Infinity;
    found.push({ split, files, rows: Math.min(rows, most) });
  }
  const total = found.reduce((sum, { rows }) => sum + rows, 0);
  let before = 0;
  const onRows = (done: number): void => help.onRows?.(Math.min(before + done, total), total);
  const splits = new Map<Split, TokenRows>();
  const tally: Tally = { longest: 0, cut: 0, unknown: 0 };
  const bad = new Map<Split, string[]>();
  for (const { split, files, rows } of found) {
    const problems: string[] = [];
    bad.set(split, problems);
    const source = rowsOf(split, files, settings, problems);
    const prepared = await encodeRowsOf(split, source, { ...help, onRows }, tally);
    if (prepared.rows === 0) {
      throw new Error(`${files.map(({ name }) => name).join(', ')}: no row that can be used`);
    }
    splits.set(split, prepared);
    before += rows;
  }
  onRows(total);
  return { splits, missing, bad, ...tally };
}

function rowsOf(
  split: Split,
  files: readonly RowFile[],
  { task, draw, badRows }: PrepareSettings,
  problems: string[],
): AsyncIterable<RawRow> {
  const onBadRow = badRows === 'fail' ? 'fail' : (problem: string) => void problems.push(problem);
  return split === 'train'
    ? trainingRows(files, task, draw, onBadRow)
    : readRows(files, task, split, onBadRow);
}

interface Tally {
  longest: number;
  cut: number;
  unknown: number;
}

async function encodeRowsOf(
  split: Split,
  source: AsyncIterable<RawRow>,
  {
    encoder,
    shards,
    shardRows = SHARD_ROWS,
    onRows,
    onTexts,
  }: PrepareHelp & { onRows: (n: number) => void },
  tally: Tally,
): Promise<TokenRows> {
  const builder = new TokenRowsBuilder();
  const add = async (raw: readonly RawRow[]): Promise<void> => {
    const name = `${split}-${builder.rows}`;
    const saved = shards?.load(name);
    let rows: EncodedRows | undefined = saved && unpackRows(saved, raw.length);
    if (rows === undefined) {
      const start = builder.rows;
      const texts = raw.map((row) => row.texts);
      rows = await encodeShard(encoder, texts, (done) => onRows(start + done));
      // Small files, and the rest of a large one, are encoded again faster than they are saved.
      if (raw.length === shardRows) shards?.save(name, packRows(rows));
    }
    onTexts?.(split, raw);
    builder.add(
      rows,
      raw.map(({ label }) => label),
    );
    tally.longest = rows.lengths.reduce((a, b) => Math.max(a, b), tally.longest);
    tally.cut += rows.cut;
    tally.unknown += rows.unknown;
  };
  let raw: RawRow[] = [];
  for await (const row of source) {
    raw.push(row);
    if (raw.length < shardRows) continue;
    await add(raw);
    raw = [];
  }
  if (raw.length > 0) await add(raw);
  return builder.build();
}

/**
 * counts.json: the rows of each split, and facts about the data that a reader of results needs.
 * `skipped_train`: bad rows that were left out. `empty_test`: bad rows that have empty texts instead.
 */
export function prepareCounts({ splits, bad, ...rest }: Prepared): PrepareCounts {
  const rows = [...splits].map(([split, data]) => [split, data.rows] as const);
  const problems = [...bad].map(
    ([split, { length }]) =>
      [`${isLabelled(split) ? 'skipped' : 'empty'}_${split}`, length] as const,
  );
  const { longest, cut, unknown, missing } = rest;
  return { ...Object.fromEntries([...rows, ...problems]), longest, cut, unknown, missing };
}

export type PrepareCounts = Readonly<Record<string, number | readonly string[]>>;

/** The param `rows`, or another cap of the same form. */
export function rowCap(value: unknown, name = 'rows'): number | null {
  if (value === null) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new Error(`param '${name}' is ${JSON.stringify(value)}, not null or an integer from 1`);
}

/** The param `bad_rows`. */
export function badRowRule(value: unknown): BadRows {
  if (value === 'fail' || value === 'skip') return value;
  throw new Error(`param 'bad_rows' is ${JSON.stringify(value)}, not fail or skip`);
}
