// RoBERTa's byte-level BPE: the part of tokenizer.json that it uses, read from a file or composed from
// vocab.json and merges.txt.
import { checkFields } from '../json-mapping.ts';
import type { Fields } from '../json-mapping.ts';

export interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

export interface ByteLevelJson {
  readonly added_tokens: readonly AddedToken[];
  readonly normalizer: null;
  readonly pre_tokenizer: { readonly type: 'ByteLevel'; readonly add_prefix_space: boolean };
  readonly post_processor: unknown;
  readonly model: {
    readonly type: 'BPE';
    readonly vocab: Readonly<Record<string, number>>;
    /** In order of rank; older files have `a b`. */
    readonly merges: readonly (string | readonly [string, string])[];
  };
}

/** The special tokens of rows in a tokenizer.json: `<s> a </s>` and `<s> a </s></s> b </s>`. */
export interface RowEnds {
  readonly cls: string;
  readonly sep: string;
}

const SPECIAL = ['<s>', '<pad>', '</s>', '<unk>', '<mask>'] as const;

/** @param merges in order of rank, as the lines of merges.txt */
export function composeByteLevel(
  vocab: Readonly<Record<string, number>>,
  merges: readonly string[],
  addPrefixSpace: boolean,
): ByteLevelJson {
  return {
    added_tokens: SPECIAL.filter((token) => Object.hasOwn(vocab, token)).map((content) => ({
      id: vocab[content] as number,
      content,
      single_word: false,
      // In masked language modelling the blank before the mask belongs to the mask.
      lstrip: content === '<mask>',
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: 'ByteLevel', add_prefix_space: addPrefixSpace },
    post_processor: {
      type: 'RobertaProcessing',
      sep: ['</s>', vocab['</s>']],
      cls: ['<s>', vocab['<s>']],
    },
    model: { type: 'BPE', vocab, merges },
  };
}

/** The library ignores each of these, and would give other ids. */
const WITHOUT = ['dropout', 'continuing_subword_prefix', 'end_of_word_suffix', 'fuse_unk', 'byte_fallback', 'ignore_merges']; // prettier-ignore

/** @throws naming the file and its difference from RoBERTa's */
export function checkByteLevel(json: Fields, file: string): asserts json is Fields & ByteLevelJson {
  const part = (name: string) => (json[name] ?? {}) as Fields;
  if ((json['normalizer'] ?? null) !== null) {
    throw new Error(`${file}: its normalizer is ${String(part('normalizer')['type'])}; byte-level BPE can be used without one`); // prettier-ignore
  }
  const { type, use_regex: regex } = part('pre_tokenizer');
  if (type !== 'ByteLevel' || regex === false) {
    throw new Error(`${file}: its pre_tokenizer is ${String(type ?? 'absent')}${regex === false ? ' without use_regex' : ''}; with BPE only ByteLevel can be used`); // prettier-ignore
  }
  checkFields(json['pre_tokenizer'], { add_prefix_space: 'boolean' }, `${file}: its pre_tokenizer`); // prettier-ignore
  for (const name of WITHOUT) {
    const value = part('model')[name];
    if (value) throw new Error(`${file}: its model has ${name} ${JSON.stringify(value)}; only BPE without it can be used`); // prettier-ignore
  }
  const { merges, vocab } = part('model');
  if (!Array.isArray(merges)) throw new Error(`${file}: its model has no list of merges`);
  checkMerges(merges, vocab as Fields, (i) => `${file}: merge ${i + 1}`);
}

/**
 * @param where of a merge, for messages
 * @throws if a merge makes a token without an id, which the text would lose
 */
export function checkMerges(
  merges: readonly unknown[],
  vocab: Fields,
  where: (merge: number) => string,
): void {
  for (const [i, merge] of merges.entries()) {
    const pair: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    if (!Array.isArray(pair) || pair.length !== 2 || pair.includes('')) {
      throw new Error(`${where(i)} is ${JSON.stringify(merge)}, not two tokens`);
    }
    if (!Object.hasOwn(vocab, pair.join(''))) {
      throw new Error(`${where(i)} makes '${pair.join('')}', which the vocabulary lacks: its files do not belong together`); // prettier-ignore
    }
  }
}

/**
 * @param processor the `post_processor` of a tokenizer.json
 * @throws naming the file, if it builds rows in another way
 */
export function rowEnds(processor: unknown): RowEnds {
  const { type, cls, sep, processors, single, pair } = (processor ?? {}) as Fields;
  if (type === 'RobertaProcessing' && Array.isArray(cls) && Array.isArray(sep)) {
    return { cls: String(cls[0]), sep: String(sep[0]) };
  }
  if (type === 'Sequence' && Array.isArray(processors)) {
    // ByteLevel only moves offsets.
    const others = processors.filter((one: Fields | null) => one?.['type'] !== 'ByteLevel');
    if (others.length === 1) return rowEnds(others[0]);
  }
  if (type === 'TemplateProcessing') {
    const [first, , last] = names(single);
    if (first !== undefined && last !== undefined) {
      const [a, b] = ['A:0', 'B:0'];
      const wanted = [[first, a, last], [first, a, last, last, b, last]]; // prettier-ignore
      if (JSON.stringify([names(single), names(pair)]) === JSON.stringify(wanted)) {
        return { cls: first, sep: last };
      }
    }
  }
  throw new Error(`its post_processor (${String(type ?? 'absent')}) does not lay rows out as <s> a </s> and <s> a </s></s> b </s>, as RoBERTa does`); // prettier-ignore
}

/** The names of a template's pieces: special tokens unchanged, texts with their segment. */
function names(template: unknown): readonly string[] {
  if (!Array.isArray(template)) return [];
  return template.map((piece: Readonly<Record<string, { id: string; type_id: number }>> | null) => {
    const { SpecialToken: special, Sequence: text } = piece ?? {};
    return special?.id ?? `${text?.id}:${text?.type_id}`;
  });
}
