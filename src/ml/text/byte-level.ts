// How byte-level BPE splits a text before it merges: GPT-2's words, each byte written as one letter.
import { ByteLevelPreTokenizer } from '@huggingface/tokenizers';

/**
 * White space is what Unicode calls so, as in the Rust tokenizers. The library's `\s` is JavaScript's, with
 * U+FEFF and without U+0085.
 */
const WORDS =
  /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\p{White_Space}\p{L}\p{N}]+|\p{White_Space}+(?!\P{White_Space})|\p{White_Space}+/gu;

export class ByteLevelWords extends ByteLevelPreTokenizer {
  constructor(config: object) {
    super(config);
    this.pattern = WORDS;
  }
}
