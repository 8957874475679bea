// Hugging Face's tokenizer.json, read from a file; and the part of it that a BERT tokenizer uses, composed
// from the lines of a vocab.txt.
import { checkFields, parseMapping } from '../json-mapping.ts';
import type { Fields } from '../json-mapping.ts';
import { checkByteLevel } from './byte-level-json.ts';
import type { AddedToken, ByteLevelJson } from './byte-level-json.ts';

export type TokenizerJson = WordPieceJson | ByteLevelJson;

export interface WordPieceJson {
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

/** Rows hold ids in 32 bits. */
const MAX_ID = 2 ** 31 - 1;

export const SPECIAL_TOKENS = ['[PAD]', '[CLS]', '[SEP]', '[UNK]', '[MASK]'] as const;

/** @param vocab token by id, as the lines of vocab.txt */
export function composeTokenizer(vocab: readonly string[], lowercase: boolean): WordPieceJson {
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

/** For readers in Python; our rows are built in row.ts. */
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
 * @throws naming the file and its part that cannot be used
 */
export function parseTokenizer(text: string, file: string): TokenizerJson {
  const json = parseMapping(text, file);
  const model = (json['model'] ?? {}) as Fields;
  const type = model['type'] ?? 'absent';
  if (type !== 'WordPiece' && type !== 'BPE') {
    throw new Error(`${file}: its model is ${String(type)}; only WordPiece and byte-level BPE can be used`); // prettier-ignore
  }
  checkIds(model['vocab'], `${file}: its vocab`);
  const added: unknown = json['added_tokens'] ?? [];
  if (!Array.isArray(added)) throw new Error(`${file}: its added_tokens are not a list`);
  for (const token of added) checkFields(token, { content: 'string' }, `${file}: an added token`);
  const ids = added.map(({ content, id }: AddedToken) => [content, id]);
  checkIds(Object.fromEntries(ids), `${file}: its added_tokens`);
  const whole = { ...json, added_tokens: added };
  if (type === 'BPE') checkByteLevel(whole, file);
  else checkWordPiece(whole, file);
  return whole;
}

/** @throws a message that begins with `what`, if it does not map tokens to ids */
export function checkIds(
  vocab: unknown,
  what: string,
): asserts vocab is Readonly<Record<string, number>> {
  if (typeof vocab !== 'object' || vocab === null || Array.isArray(vocab)) {
    throw new Error(`${what} is not a mapping of tokens to ids`);
  }
  for (const [token, id] of Object.entries(vocab)) {
    if (!Number.isInteger(id) || id < 0 || id > MAX_ID) {
      throw new Error(`${what} gives '${token}' the id ${JSON.stringify(id)}`);
    }
  }
}

function checkWordPiece(json: Fields, file: string): asserts json is Fields & WordPieceJson {
  for (const [part, type] of [
    ['normalizer', 'BertNormalizer'],
    ['pre_tokenizer', 'BertPreTokenizer'],
  ] as const) {
    const found = (json[part] as Fields | null | undefined)?.['type'] ?? 'absent';
    if (found !== type) {
      throw new Error(`${file}: its ${part} is ${String(found)}; with WordPiece only ${type} can be used`); // prettier-ignore
    }
  }
  const rules = { clean_text: 'boolean', handle_chinese_chars: 'boolean', lowercase: 'boolean' } as const; // prettier-ignore
  checkFields(json['normalizer'], rules, `${file}: its normalizer`);
  const pieces = { unk_token: 'string', continuing_subword_prefix: 'string', max_input_chars_per_word: 'number' } as const; // prettier-ignore
  checkFields(json['model'], pieces, `${file}: its model`);
}
