// A task's GLUE files as token rows.
import type { Tokenizer } from '../text/tokenizer.ts';
import { encodeRow } from '../text/row.ts';
import type { TaskName, TokenRows } from './dataset.ts';
import { glueFile, glueFiles, trainingFile } from './glue/files.ts';
import { readGlueRows } from './glue/rows.ts';
import { SPLITS } from './prepared.ts';
import type { Split } from './prepared.ts';
import { TokenRowsBuilder } from './token-rows.ts';

export interface PrepareSettings {
  readonly task: TaskName;
  /** At most so many rows of the training file; null: all. */
  readonly rows: number | null;
  readonly badRows: BadRows;
  readonly maxLength: number;
}

export type BadRows = 'fail' | 'skip';

export interface Prepared {
  readonly splits: ReadonlyMap<Split, TokenRows>;
  /** GLUE's files of the task that the folder lacks. */
  readonly missing: readonly string[];
  /** What was wrong with each row that was passed over. */
  readonly skipped: readonly string[];
  /** Tokens of the longest row. */
  readonly longest: number;
  /** Rows that did not fit into maxLength. */
  readonly cut: number;
  /** [UNK] among all tokens. */
  readonly unknown: number;
}

/** @throws naming file and line: no training file, a column that is missing, a bad row */
export function prepareTask(
  raw: string,
  tokenizer: Tokenizer,
  settings: PrepareSettings,
): Prepared {
  trainingFile(raw, settings.task);
  const splits = new Map<Split, TokenRows>();
  const missing: string[] = [];
  const tally = { skipped: [] as string[], longest: 0, cut: 0, unknown: 0 };
  const files = glueFiles(settings.task);
  for (const split of SPLITS) {
    if (files[split] === undefined) continue;
    const file = glueFile(raw, settings.task, split);
    if (file === undefined) missing.push(files[split]);
    else splits.set(split, prepareFile(file, split, tokenizer, settings, tally));
  }
  return { splits, missing, ...tally };
}

function prepareFile(
  file: string,
  split: Split,
  tokenizer: Tokenizer,
  { task, rows, badRows, maxLength }: PrepareSettings,
  tally: { readonly skipped: string[]; longest: number; cut: number; unknown: number },
): TokenRows {
  const builder = new TokenRowsBuilder();
  const most = split === 'train' && rows !== null ? rows : Number.POSITIVE_INFINITY;
  const labelled = !split.startsWith('test');
  const onBadRow = badRows === 'fail' ? badRows : (problem: string) => tally.skipped.push(problem);
  for (const { texts, label } of readGlueRows(file, task, labelled, onBadRow)) {
    const { ids, firstLength, cut } = encodeRow(tokenizer, texts, maxLength);
    builder.add(ids, firstLength, label);
    tally.longest = Math.max(tally.longest, ids.length);
    if (cut > 0) tally.cut += 1;
    for (const id of ids) if (id === tokenizer.unk) tally.unknown += 1;
    if (builder.rows >= most) break; // what comes after is not looked at, be it bad
  }
  if (builder.rows === 0) throw new Error(`${file}: no row that can be used`);
  return builder.build();
}

/** counts.json: rows a split, and what a reader of the results should know of the data. */
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
