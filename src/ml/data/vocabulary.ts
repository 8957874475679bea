// The tokenizer of an experiment: the given one, or one of the training rows' words.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readConfig } from '../hf/config.ts';
import { copyTokenizer } from '../hf/tokenizer-files.ts';
import { hasTokenizer, isUncased, openTokenizer, readVocab, writeTokenizer } from '../text/tokenizer-folder.ts'; // prettier-ignore
import { WholeWords } from '../text/whole-words.ts';
import type { TaskName } from './dataset.ts';
import { trainingFile } from './glue/files.ts';
import { readGlueRows } from './glue/rows.ts';
import type { BadRows } from './prepare.ts';

/**
 * Writes the tokenizer's folder. A vocab.txt goes before the encoder's own tokenizer.
 * @returns its number of ids
 * @throws when the encoder brings none, or has fewer embeddings than the vocabulary has words
 */
export function writeGivenTokenizer(
  folder: string,
  vocab: string | undefined,
  encoder: string | undefined,
): number {
  if (vocab !== undefined) {
    const lines = readVocab(vocab);
    writeTokenizer(folder, lines, isUncased(lines));
  } else if (encoder !== undefined && hasTokenizer(encoder)) {
    copyTokenizer(encoder, folder);
  } else {
    throw new Error(
      `${String(encoder)}: the encoder brings no tokenizer.json and no vocab.txt; name one with -p vocab=FILE`,
    );
  }
  const { vocabSize } = openTokenizer(folder);
  const config = encoder === undefined ? undefined : path.join(encoder, 'config.json');
  if (config !== undefined && existsSync(config)) {
    const embeddings = readConfig(config).encoder.vocabSize;
    if (vocabSize > embeddings) {
      throw new Error(
        `the vocabulary has ${vocabSize} tokens, but ${config} has embeddings for ${embeddings}`,
      );
    }
  }
  return vocabSize;
}

/**
 * Whole words of the training rows, for an encoder that is trained from nothing.
 * @param rows at most so many of each training file, as `prepare` reads them
 * @returns its number of ids
 */
export function writeWordTokenizer(
  folder: string,
  raw: string,
  {
    tasks,
    rows,
    badRows,
  }: {
    readonly tasks: readonly TaskName[];
    readonly rows: number | null;
    readonly badRows: BadRows;
  },
): number {
  const words = new WholeWords();
  for (const task of tasks) {
    let left = rows ?? Number.POSITIVE_INFINITY;
    const onBadRow = badRows === 'fail' ? badRows : () => undefined;
    for (const { texts } of readGlueRows(trainingFile(raw, task), task, true, onBadRow)) {
      for (const text of texts) words.add(text);
      left -= 1;
      if (left === 0) break;
    }
  }
  const vocabulary = words.vocabulary();
  writeTokenizer(folder, vocabulary, true);
  return vocabulary.length;
}
