// The part of Hugging Face's tokenizer.json that a BERT tokenizer uses, read from a file or composed
// from the lines of a vocab.txt.

export interface TokenizerJson {
  readonly version: '1.0';
  readonly truncation: null;
  readonly padding: null;
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: {
    readonly type: 'BertNormalizer';
    readonly clean_text: boolean;
    readonly handle_chinese_chars: boolean;
    /** null: as `lowercase` says. */
    readonly strip_accents: boolean | null;
    readonly lowercase: boolean;
  };
  readonly pre_tokenizer: { readonly type: 'BertPreTokenizer' };
  readonly post_processor: unknown;
  readonly decoder: unknown;
  readonly model: {
    readonly type: 'WordPiece';
    readonly unk_token: string;
    readonly continuing_subword_prefix: string;
    readonly max_input_chars_per_word: number;
    readonly vocab: Readonly<Record<string, number>>;
  };
}

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

export const SPECIAL_TOKENS = ['[PAD]', '[CLS]', '[SEP]', '[UNK]', '[MASK]'] as const;

/** @param vocab token by id, as vocab.txt has them a line each */
export function composeTokenizer(vocab: readonly string[], lowercase: boolean): TokenizerJson {
  const ids = new Map(vocab.map((token, id) => [token, id]));
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.filter((token) => ids.has(token)).map((content) => ({
      id: ids.get(content) as number,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: pairLayout(ids),
    decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
    model: {
      type: 'WordPiece',
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    },
  };
}

const sequence = (id: 'A' | 'B', type_id: number): unknown => ({ Sequence: { id, type_id } });
const special = (id: string, type_id: number): unknown => ({ SpecialToken: { id, type_id } });

/** For readers in Python; here rows are laid out in row.ts. */
function pairLayout(ids: ReadonlyMap<string, number>): unknown {
  const single = [special('[CLS]', 0), sequence('A', 0), special('[SEP]', 0)];
  return {
    type: 'TemplateProcessing',
    single,
    pair: [...single, sequence('B', 1), special('[SEP]', 1)],
    special_tokens: Object.fromEntries(
      ['[CLS]', '[SEP]'].map((id) => [id, { id, ids: [ids.get(id)], tokens: [id] }]),
    ),
  };
}

/**
 * @param file for messages
 * @throws naming the file and what it has that rows cannot be laid out with
 */
export function parseTokenizer(text: string, file: string): TokenizerJson {
  const json = JSON.parse(text) as {
    readonly [part in 'model' | 'normalizer' | 'pre_tokenizer']?: { readonly type?: string } | null;
  };
  const wanted = {
    model: 'WordPiece',
    normalizer: 'BertNormalizer',
    pre_tokenizer: 'BertPreTokenizer',
  } as const;
  for (const [part, type] of Object.entries(wanted)) {
    const found = json[part as keyof typeof wanted]?.type;
    if (found !== type) {
      throw new Error(`${file}: its ${part} is ${found ?? 'absent'}; only ${type} can be used`);
    }
  }
  return json as unknown as TokenizerJson;
}
