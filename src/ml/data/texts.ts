// The texts and ids of a task's rows, for scorers and people: meta.json, and one JSON line per row in
// SPLIT.jsonl. Trainings do not read them.
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { Split, Task, TaskName } from '../tasks/task.ts';
import { readLines } from './rows/lines.ts';
import type { RawRow } from './rows/read-rows.ts';

export interface TextsMeta {
  readonly format: 1;
  readonly task: TaskName;
  /** The names of the classes, in the order of their ids; null for a regression. */
  readonly labels: readonly string[] | null;
}

/** One line of SPLIT.jsonl. */
export interface TextRow {
  /** The number that scores and selections use. */
  readonly row: number;
  readonly id: string;
  readonly texts: readonly string[];
  /** A class or a score; null in a test split. */
  readonly label: string | number | null;
}

/** Appends to the splits of a folder, in the order of their rows. */
export class TextsWriter {
  readonly #folder: string;
  readonly #labels: readonly string[] | null;
  readonly #open = new Map<Split, { readonly file: number; rows: number }>();

  constructor(folder: string, task: Task) {
    const { name, labels = null } = task as Task & { readonly labels?: readonly string[] };
    mkdirSync(folder, { recursive: true });
    this.#folder = folder;
    this.#labels = labels;
    const meta: TextsMeta = { format: 1, task: name, labels };
    writeFileSync(path.join(folder, 'meta.json'), `${JSON.stringify(meta, null, 2)}\n`);
  }

  add(split: Split, rows: readonly RawRow[]): void {
    const to = this.#open.get(split) ?? {
      file: openSync(path.join(this.#folder, `${split}.jsonl`), 'w'),
      rows: 0,
    };
    this.#open.set(split, to);
    const lines = rows.map(({ texts, id, label }) => {
      const row: TextRow = { row: to.rows++, id, texts, label: this.#word(label) };
      return `${JSON.stringify(row)}\n`;
    });
    writeSync(to.file, lines.join(''));
  }

  close(): void {
    for (const { file } of this.#open.values()) closeSync(file);
  }

  #word(label: number): TextRow['label'] {
    if (Number.isNaN(label)) return null;
    return this.#labels === null ? label : (this.#labels[label] as string);
  }
}

/** @throws naming the file when the folder is not what `prepare` writes */
export function readTextsMeta(folder: string): TextsMeta {
  const file = path.join(folder, 'meta.json');
  const meta = JSON.parse(readFileSync(file, 'utf8')) as TextsMeta;
  if (meta.format !== 1) throw new Error(`${file}: format ${String(meta.format)} is not known`);
  return meta;
}

/** The splits whose texts are in the folder. */
export function textSplits(folder: string): readonly Split[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.jsonl'));
  return names.map((name) => name.slice(0, -'.jsonl'.length)).sort();
}

export function* readTexts(folder: string, split: Split): Generator<TextRow> {
  for (const { text } of readLines(path.join(folder, `${split}.jsonl`))) {
    yield JSON.parse(text as string) as TextRow;
  }
}
