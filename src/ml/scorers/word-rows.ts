// What scorers without a model read: the hashed words of the training rows of all tasks.
import { keptRows, poolRows } from '../data/split-file.ts';
import type { SplitFile } from '../data/split-file.ts';
import { readTexts, readTextsMeta } from '../data/texts.ts';
import { normalText } from '../leakage/normalise.ts';
import type { Scores, TaskScores } from '../select/scores.ts';
import type { TaskName } from '../tasks/task.ts';

/** The words of one row, in their order, as 32-bit hashes. */
export type Words = Uint32Array;

export type WordRows = ReadonlyMap<TaskName, readonly Words[]>;

export function readWordRows(folders: readonly { readonly path: string }[]): WordRows {
  return new Map(
    folders.map(({ path }) => {
      const rows = Array.from(readTexts(path, 'train'), ({ texts }) => wordsOf(texts));
      return [readTextsMeta(path).task, rows];
    }),
  );
}

export function wordsOf(texts: readonly string[]): Words {
  const words = texts.flatMap((text) => normalText(text).split(' ')).filter((word) => word !== '');
  return Uint32Array.from(words, hash);
}

/** FNV-1a over UTF-16 code units. */
function hash(word: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < word.length; i++) value = Math.imul(value ^ word.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/**
 * @param pool the candidates of the other tasks
 * @param target the primary's training rows
 * @returns the score of a row, the higher the better
 */
export type Fit = (
  pool: readonly Words[],
  target: readonly Words[],
  primary: TaskName,
) => (row: Words) => number;

/** Scores all candidates for each primary. */
export function scoreWords(
  words: WordRows,
  split: SplitFile,
  primaries: readonly TaskName[],
  fit: Fit,
): Scores {
  const rowsOf = (task: TaskName, numbers: Uint32Array): readonly Words[] => {
    const rows = words.get(task);
    if (rows === undefined) throw new Error(`there are no texts of ${task}`);
    return Array.from(numbers, (row) => rows[row] as Words);
  };
  const pools = [...split.tasks.keys()].map((task) => {
    const rows = poolRows(split, task);
    return { task, rows, words: rowsOf(task, rows) };
  });
  const values = pools.map(({ rows }) => new Float32Array(rows.length * primaries.length));
  for (const [k, primary] of primaries.entries()) {
    const others = pools.flatMap(({ task, words: of }) => (task === primary ? [] : of));
    const score = fit(others, rowsOf(primary, keptRows(split, primary)), primary);
    for (const [p, pool] of pools.entries()) {
      for (const [i, row] of pool.words.entries()) {
        (values[p] as Float32Array)[i * primaries.length + k] = score(row);
      }
    }
  }
  const tasks = pools.map(({ task, rows }, p): TaskScores => ({
    task,
    rows,
    values: values[p] as Float32Array,
  }));
  return { primaries, tasks };
}
