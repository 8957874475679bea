// A task's files as token rows.
import path from 'node:path';
import { SPLITS } from '../tasks/task.ts';
import type { Split, Task } from '../tasks/task.ts';
import type { EncodedRows, RowTexts } from '../text/encoded-rows.ts';
import type { RowEncoder } from '../text/row-encoder.ts';
import type { TokenRows } from './token-rows.ts';
import { encodeShard, packRows, unpackRows } from './encode-shard.ts';
import { taskFile, trainingFile } from './rows/task-files.ts';
import { countLines } from './rows/lines.ts';
import { readRows } from './rows/read-rows.ts';
import type { Shards } from './shards.ts';
import { TokenRowsBuilder } from './token-rows.ts';

export interface PrepareSettings {
  readonly task: Task;
  /** At most this many rows of the training file; null: all. */
  readonly rows: number | null;
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
}

export interface Prepared {
  readonly splits: ReadonlyMap<Split, TokenRows>;
  /** Names of the task's files that the folder lacks. */
  readonly missing: readonly string[];
  /** The problem of each row that was skipped. */
  readonly skipped: readonly string[];
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
  raw: string,
  settings: PrepareSettings,
  help: PrepareHelp,
): Promise<Prepared> {
  trainingFile(raw, settings.task);
  const found = SPLITS.flatMap((split) => {
    const file = taskFile(raw, settings.task, split);
    return file === undefined ? [] : [{ split, file }];
  });
  const counts = found.map(({ split, file }) => Math.min(countLines(file), most(split, settings)));
  const total = counts.reduce((sum, n) => sum + n, 0);
  let before = 0;
  const onRows = (done: number): void => help.onRows?.(Math.min(before + done, total), total);
  const splits = new Map<Split, TokenRows>();
  const tally: Tally = { skipped: [], longest: 0, cut: 0, unknown: 0 };
  for (const [i, { split, file }] of found.entries()) {
    splits.set(split, await prepareFile(file, split, settings, { ...help, onRows }, tally));
    before += counts[i] as number;
  }
  onRows(total);
  const missing = SPLITS.flatMap((split) => {
    const file = settings.task.files[split];
    return splits.has(split) || file === undefined ? [] : [path.basename(file.path)];
  });
  return { splits, missing, ...tally };
}

interface Tally {
  readonly skipped: string[];
  longest: number;
  cut: number;
  unknown: number;
}

async function prepareFile(
  file: string,
  split: Split,
  settings: PrepareSettings,
  {
    encoder,
    shards,
    shardRows = SHARD_ROWS,
    onRows,
  }: PrepareHelp & { onRows: (n: number) => void },
  tally: Tally,
): Promise<TokenRows> {
  const builder = new TokenRowsBuilder();
  for (const { texts, labels, full } of shardsOf(file, split, settings, shardRows, tally)) {
    const name = `${split}-${builder.rows}`;
    const saved = shards?.load(name);
    let rows: EncodedRows | undefined = saved && unpackRows(saved, labels.length);
    if (rows === undefined) {
      const start = builder.rows;
      rows = await encodeShard(encoder, texts, (done) => onRows(start + done));
      // Small files, and the rest of a large one, are encoded again faster than they are saved.
      if (full) shards?.save(name, packRows(rows));
    }
    builder.add(rows, labels);
    tally.longest = rows.lengths.reduce((a, b) => Math.max(a, b), tally.longest);
    tally.cut += rows.cut;
    tally.unknown += rows.unknown;
  }
  if (builder.rows === 0) throw new Error(`${file}: no row that can be used`);
  return builder.build();
}

interface RawShard {
  readonly texts: readonly RowTexts[];
  readonly labels: readonly number[];
  readonly full: boolean;
}

function* shardsOf(
  file: string,
  split: Split,
  settings: PrepareSettings,
  shardRows: number,
  { skipped }: Tally,
): Generator<RawShard> {
  const onBadRow =
    settings.badRows === 'fail' ? 'fail' : (problem: string) => skipped.push(problem);
  let left = most(split, settings);
  let texts: RowTexts[] = [];
  let labels: number[] = [];
  for (const row of readRows(file, settings.task, split, onBadRow)) {
    texts.push(row.texts);
    labels.push(row.label);
    left -= 1;
    if (left === 0) break; // Later rows are not read, even if they are bad.
    if (texts.length < shardRows) continue;
    yield { texts, labels, full: true };
    [texts, labels] = [[], []];
  }
  if (texts.length > 0) yield { texts, labels, full: texts.length === shardRows };
}

function most(split: Split, { rows }: PrepareSettings): number {
  return split === 'train' && rows !== null ? rows : Number.POSITIVE_INFINITY;
}

/** counts.json: the rows of each split, and facts about the data that a reader of results needs. */
export function prepareCounts({ splits, skipped, ...rest }: Prepared): PrepareCounts {
  const rows = Object.fromEntries([...splits].map(([split, data]) => [split, data.rows]));
  const { longest, cut, unknown, missing } = rest;
  return { ...rows, skipped: skipped.length, longest, cut, unknown, missing };
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
