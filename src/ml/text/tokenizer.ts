// Texts to token ids by a Hugging Face tokenizer of BERT's kind.
import { BertNormalizer, BertPreTokenizer, Tokenizer as Library } from '@huggingface/tokenizers';
import { normalise } from './normalise.ts';
import type { Normalisation } from './normalise.ts';
import type { TokenizerJson } from './tokenizer-json.ts';

export interface Tokenizer {
  /** Every id is below it. */
  readonly vocabSize: number;
  readonly pad: number;
  readonly cls: number;
  readonly sep: number;
  readonly unk: number;
  /** A text's ids, without [CLS] and [SEP], of any length. */
  readonly ids: (text: string) => readonly number[];
}

class FastNormalizer extends BertNormalizer {
  readonly #how: Normalisation;

  constructor(config: object, how: Normalisation) {
    super(config);
    this.#how = how;
  }

  override normalize(text: string): string {
    return normalise(text, this.#how);
  }
}

/** @throws when the vocabulary lacks one of the tokens that every row needs */
export function createTokenizer(json: TokenizerJson): Tokenizer {
  const { normalizer } = json;
  const library = new Library({ ...json, post_processor: null, decoder: null }, {});
  library.normalizer = new FastNormalizer(normalizer, {
    cleanText: normalizer.clean_text,
    spaceChinese: normalizer.handle_chinese_chars,
    lowercase: normalizer.lowercase,
    stripAccents: normalizer.strip_accents ?? normalizer.lowercase,
  });
  const special = (token: string): number => {
    const id = library.token_to_id(token);
    if (id === undefined) throw new Error(`the vocabulary has no ${token}`);
    return id;
  };
  const known = [...Object.values(json.model.vocab), ...json.added_tokens.map(({ id }) => id)];
  return {
    vocabSize: known.reduce((most, id) => Math.max(most, id), -1) + 1,
    pad: special('[PAD]'),
    cls: special('[CLS]'),
    sep: special('[SEP]'),
    unk: special('[UNK]'),
    ids: (text) => library.encode(text, { add_special_tokens: false }).ids,
  };
}

const preTokenizer = new BertPreTokenizer();

/** Lower-cased words and punctuation marks, as an uncased tokenizer sees them before its pieces. */
export function uncasedWords(text: string): readonly string[] {
  const how = { cleanText: true, spaceChinese: true, lowercase: true, stripAccents: true };
  return preTokenizer.pre_tokenize(normalise(text, how));
}
