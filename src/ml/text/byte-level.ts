// Byte-level BPE from a text to ids: GPT-2's words, each byte written as one letter, and the library's merges.
import { ByteLevelPreTokenizer } from '@huggingface/tokenizers';
import type { Tokenizer as Library } from '@huggingface/tokenizers';
import type { ByteLevelJson } from './byte-level-json.ts';

/**
 * White space is what Unicode calls so, as in the Rust tokenizers. The library's `\s` is JavaScript's, with
 * U+FEFF and without U+0085.
 */
const WORDS =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

/** Words whose ids are cached: in natural texts nearly all words occur again. */
const MAX_REMEMBERED_WORDS = 65_536;

/** Longer words hardly occur again. */
const MAX_REMEMBERED_LENGTH = 64;

/** @param library of the same `json`; its pre-tokenizer is replaced */
export function byteLevelIds(library: Library, json: ByteLevelJson): (text: string) => number[] {
  const words = new ByteLevelPreTokenizer(json.pre_tokenizer);
  words.pattern = WORDS;
  library.pre_tokenizer = words;
  const letters = new ByteLevelPreTokenizer({ use_regex: false });
  const { model } = library;
  const known = new Map<string, readonly number[]>();
  const ofWord = (word: string): readonly number[] => {
    const before = known.get(word);
    if (before !== undefined) return before;
    const ids = model.encode(letters.pre_tokenize(word)).map((token) => model.tokens_to_ids.get(token) as number); // prettier-ignore
    if (known.size === MAX_REMEMBERED_WORDS) known.clear();
    if (word.length <= MAX_REMEMBERED_LENGTH) known.set(word, ids);
    return ids;
  };

  const added = json.added_tokens.map(({ content }) => content);
  const spaced = json.pre_tokenizer.add_prefix_space;
  return (text) => {
    if (added.some((token) => text.includes(token))) {
      return library.encode(text, { add_special_tokens: false }).ids;
    }
    const whole = spaced && text !== '' && !text.startsWith(' ') ? ` ${text}` : text;
    const ids: number[] = [];
    for (const word of whole.match(WORDS) ?? []) {
      for (const id of ofWord(word)) ids.push(id);
    }
    return ids;
  };
}
