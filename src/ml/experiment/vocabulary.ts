// The tokenizer of an experiment: a given one, or a new one with the words of the training rows.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { readConfig } from '../hf/config.ts';
import { copyTokenizer } from '../hf/tokenizer-files.ts';
import {
  hasTokenizer,
  isUncased,
  openTokenizer,
  readVocab,
  TOKENIZER_FILES,
  writeTokenizer,
} from '../text/tokenizer-folder.ts';
import type { Tokenizer } from '../text/tokenizer.ts';
import { WholeWords } from '../text/whole-words.ts';
import type { Task } from '../tasks/task.ts';
import { trainingFiles } from '../data/rows/task-files.ts';
import type { FindFile } from '../data/rows/task-files.ts';
import { trainingRows } from '../data/rows/training-rows.ts';
import type { RowDraw } from '../data/rows/training-rows.ts';
import type { BadRows } from '../data/prepare.ts';

/**
 * Writes the tokenizer's folder. A given vocab.txt replaces the encoder's own tokenizer.
 * @returns its number of ids
 * @throws when the encoder has none, or one that does not fit it
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
    openTokenizer(encoder); // So that an error names this folder and not the copy.
    copyTokenizer(encoder, folder);
  } else {
    throw new Error(
      `${String(encoder)}: the encoder brings no ${TOKENIZER_FILES}; name a vocab.txt with -p vocab=FILE`,
    );
  }
  const tokenizer = openTokenizer(folder);
  const config = encoder === undefined ? undefined : path.join(encoder, 'config.json');
  if (config !== undefined && existsSync(config)) checkGoesWith(tokenizer, config);
  return tokenizer.vocabSize;
}

function checkGoesWith({ family, vocabSize }: Tokenizer, config: string): void {
  const { encoder } = readConfig(config);
  if (vocabSize > encoder.vocabSize) {
    throw new Error(
      `the vocabulary has ${vocabSize} tokens, but ${config} has embeddings for ${encoder.vocabSize}`,
    );
  }
  if (family !== encoder.family) {
    const kinds = { bert: 'WordPiece', roberta: 'byte-level BPE' };
    throw new Error(
      `the tokenizer is ${kinds[family]}, but ${config} is of an encoder that was trained with ${kinds[encoder.family]}: its rows would have another layout; use the encoder's own tokenizer`,
    );
  }
}

/**
 * Whole words of the training rows, for a new encoder.
 * @param draw the rows of each task, as in `prepare`
 * @returns its number of ids
 */
export async function writeWordTokenizer(
  folder: string,
  {
    tasks,
    draw,
    badRows,
  }: {
    readonly tasks: readonly { readonly task: Task; readonly find: FindFile }[];
    readonly draw: RowDraw;
    readonly badRows: BadRows;
  },
): Promise<number> {
  const words = new WholeWords();
  const onBadRow = badRows === 'fail' ? badRows : () => undefined;
  for (const { task, find } of tasks) {
    for await (const { texts } of trainingRows(trainingFiles(task, find), task, draw, onBadRow)) {
      for (const text of texts) words.add(text);
    }
  }
  const vocabulary = words.vocabulary();
  writeTokenizer(folder, vocabulary, true);
  return vocabulary.length;
}
