// The vocabulary if none is given: every word of the training rows. It is WordPiece without pieces: a
// word is one token, or [UNK].
import { SPECIAL_TOKENS } from './tokenizer-json.ts';
import { uncasedWords } from './tokenizer.ts';

/** WordPiece turns longer words into [UNK] without looking them up. */
const MAX_WORD = 100;

/** Collects words; feed it texts, then take the vocabulary. */
export class WholeWords {
  readonly #words = new Set<string>();

  add(text: string): void {
    for (const word of uncasedWords(text)) {
      if (word.length <= MAX_WORD) this.#words.add(word);
    }
  }

  /** [PAD] [CLS] [SEP] [UNK], then the words by code units, so that no order of files matters. */
  vocabulary(): readonly string[] {
    const special = SPECIAL_TOKENS.filter((token) => token !== '[MASK]');
    return [...special, ...[...this.#words].sort()];
  }
}
