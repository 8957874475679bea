// A folder that `prepare` writes for a task: meta.json, and four .npy vectors per split. The training rows,
// the dev rows and all others are in three such folders, so that a stage depends only on those that it reads.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { TokenRows } from './token-rows.ts';
import type { Split, TaskName } from '../tasks/task.ts';
import { readNpy, writeNpy } from './npy.ts';

export interface PreparedMeta {
  readonly format: 2;
  readonly task: TaskName;
  /** Outputs of the task's head: 1 for a regression. */
  readonly classes: number;
  /** The maximum number of tokens of a row, [CLS] and [SEP] counted; longer rows are cut. */
  readonly max_length: number;
  /** Every token id is below it. */
  readonly vocab_size: number;
  /** The splits in this folder; `longest` in tokens. */
  readonly splits: Readonly<Record<Split, SplitMeta>>;
}

export interface SplitMeta {
  readonly rows: number;
  readonly tokens: number;
  readonly longest: number;
}

export function writePrepared(
  folder: string,
  about: {
    readonly task: TaskName;
    readonly classes: number;
    readonly maxLength: number;
    readonly vocabSize: number;
  },
  splits: ReadonlyMap<Split, TokenRows>,
): void {
  mkdirSync(folder, { recursive: true });
  const described: Record<Split, SplitMeta> = {};
  for (const [split, data] of splits) {
    writeNpy(file(folder, split, 'ids'), data.ids);
    writeNpy(file(folder, split, 'offsets'), data.offsets);
    writeNpy(file(folder, split, 'first_length'), data.firstLength);
    writeNpy(file(folder, split, 'labels'), data.labels);
    described[split] = { rows: data.rows, tokens: data.ids.length, longest: longest(data) };
  }
  const meta: PreparedMeta = {
    format: 2,
    task: about.task,
    classes: about.classes,
    max_length: about.maxLength,
    vocab_size: about.vocabSize,
    splits: described,
  };
  writeFileSync(path.join(folder, 'meta.json'), `${JSON.stringify(meta, null, 2)}\n`);
}

/** @throws when the folder is not what `prepare` writes */
export function readPreparedMeta(folder: string): PreparedMeta {
  const place = path.join(folder, 'meta.json');
  if (!existsSync(place)) throw new Error(`${place}: no such file; 'prepare' writes it`);
  const meta = JSON.parse(readFileSync(place, 'utf8')) as PreparedMeta;
  if (meta.format !== 2) throw new Error(`${place}: format ${String(meta.format)} is not known`);
  return meta;
}

/** @returns undefined where the data has no such split */
export function readPrepared(folder: string, split: Split): TokenRows | undefined {
  const described = readPreparedMeta(folder).splits[split];
  if (described === undefined) return undefined;
  return {
    rows: described.rows,
    ids: readNpy(file(folder, split, 'ids'), '<i4'),
    offsets: readNpy(file(folder, split, 'offsets'), '<u4'),
    firstLength: readNpy(file(folder, split, 'first_length'), '<u2'),
    labels: readNpy(file(folder, split, 'labels'), '<f4'),
  };
}

function file(folder: string, split: Split, vector: string): string {
  return path.join(folder, `${split}.${vector}.npy`);
}

function longest({ rows, offsets }: TokenRows): number {
  let most = 0;
  for (let row = 0; row < rows; row++) {
    most = Math.max(most, (offsets[row + 1] as number) - (offsets[row] as number));
  }
  return most;
}
