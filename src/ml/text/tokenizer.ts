// Texts to token ids by a Hugging Face tokenizer of BERT's kind or RoBERTa's.
import { BertNormalizer, BertPreTokenizer, Tokenizer as Library } from '@huggingface/tokenizers';
import type { Family } from '../family.ts';
import { rowEnds } from './byte-level-json.ts';
import type { ByteLevelJson } from './byte-level-json.ts';
import { byteLevelIds } from './byte-level.ts';
import { blankStripper } from './strip-blanks.ts';
import { normalise } from './normalise.ts';
import type { Normalisation } from './normalise.ts';
import type { TokenizerJson, WordPieceJson } from './tokenizer-json.ts';

export interface Tokenizer {
  /** The encoders that read its special tokens and rows. */
  readonly family: Family;
  /** Every id is below it. */
  readonly vocabSize: number;
  readonly pad: number;
  readonly cls: number;
  readonly sep: number;
  /** The number of [SEP] between the texts of a pair. */
  readonly between: 1 | 2;
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
  return json.model.type === 'BPE'
    ? byteLevel(json as ByteLevelJson)
    : wordPiece(json as WordPieceJson);
}

function wordPiece(json: WordPieceJson): Tokenizer {
  const { normalizer } = json;
  const library = open(json);
  library.normalizer = new FastNormalizer(normalizer, {
    cleanText: normalizer.clean_text,
    spaceChinese: normalizer.handle_chinese_chars,
    lowercase: normalizer.lowercase,
    stripAccents: normalizer.strip_accents ?? normalizer.lowercase,
  });
  const special = { pad: '[PAD]', cls: '[CLS]', sep: '[SEP]', unk: '[UNK]' };
  const ids = (text: string) => library.encode(text, { add_special_tokens: false }).ids;
  return { family: 'bert', between: 1, ...finish(library, json, special, ids) };
}

function byteLevel(json: ByteLevelJson): Tokenizer {
  const library = open(json);
  const special = { pad: '<pad>', unk: '<unk>', ...rowEnds(json.post_processor) };
  const ids = byteLevelIds(library, json);
  return { family: 'roberta', between: 2, ...finish(library, json, special, ids) };
}

function open(json: TokenizerJson): Library {
  const added = json.added_tokens.map((token) => ({ ...token, lstrip: false, rstrip: false }));
  return new Library({ ...json, added_tokens: added, post_processor: null, decoder: null }, {});
}

type Special = 'pad' | 'cls' | 'sep' | 'unk';

function finish(
  library: Library,
  json: TokenizerJson,
  special: Readonly<Record<Special, string>>,
  ids: (text: string) => readonly number[],
) {
  const id = (name: Special): number => {
    const found = library.token_to_id(special[name]);
    if (found === undefined) throw new Error(`the vocabulary has no ${special[name]}`);
    return found;
  };
  const strip = blankStripper(json.added_tokens);
  const known = [...Object.values(json.model.vocab), ...json.added_tokens.map(({ id }) => id)];
  return {
    vocabSize: known.reduce((most, id) => Math.max(most, id), -1) + 1,
    pad: id('pad'),
    cls: id('cls'),
    sep: id('sep'),
    unk: id('unk'),
    ids: (text: string) => ids(strip(text)),
  };
}

const preTokenizer = new BertPreTokenizer();

/** Lower-cased words and punctuation marks, as an uncased tokenizer sees them before its pieces. */
export function uncasedWords(text: string): readonly string[] {
  const how = { cleanText: true, spaceChinese: true, lowercase: true, stripAccents: true };
  return preTokenizer.pre_tokenize(normalise(text, how));
}
