// The parts of the package that we use. Its own declarations import files without extensions, which NodeNext refuses.
declare module '@huggingface/tokenizers' {
  export class BertNormalizer {
    constructor(config: object);
    normalize(text: string): string;
  }
  export class BertPreTokenizer {
    pre_tokenize(text: string): string[];
  }
  export class ByteLevelPreTokenizer {
    constructor(config: object);
    pattern: RegExp;
    pre_tokenize(text: string): string[];
  }
  export class Tokenizer {
    constructor(tokenizer: object, config: object);
    normalizer: BertNormalizer | null;
    pre_tokenizer: BertPreTokenizer | ByteLevelPreTokenizer | null;
    readonly model: {
      encode(words: string[]): string[];
      readonly tokens_to_ids: ReadonlyMap<string, number>;
    };
    encode(text: string, options: { add_special_tokens: boolean }): { ids: number[] };
    token_to_id(token: string): number | undefined;
  }
}
