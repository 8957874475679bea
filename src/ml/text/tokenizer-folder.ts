// A tokenizer's folder in Hugging Face layout, which `transformers` loads too.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseMapping, withoutMark } from '../json-mapping.ts';
import type { Fields } from '../json-mapping.ts';
import { checkMerges, composeByteLevel } from './byte-level-json.ts';
import type { ByteLevelJson } from './byte-level-json.ts';
import { checkIds, composeTokenizer, parseTokenizer } from './tokenizer-json.ts';
import type { TokenizerJson, WordPieceJson } from './tokenizer-json.ts';
import { createTokenizer } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

const JSON_FILE = 'tokenizer.json';
const VOCAB_FILE = 'vocab.txt';
const BPE_FILES = ['vocab.json', 'merges.txt'] as const;
const ADDED_FILE = 'added_tokens.json';
const CONFIG_FILE = 'tokenizer_config.json';

/** The files that a folder may have, for messages. */
export const TOKENIZER_FILES = `${JSON_FILE}, ${VOCAB_FILE}, or ${BPE_FILES.join(' and ')}`;

/**
 * Reads tokenizer.json if it exists, else vocab.txt, else vocab.json with merges.txt.
 * @throws naming the folder or file
 */
export function openTokenizer(folder: string): Tokenizer {
  try {
    return createTokenizer(configured(readTokenizerJson(folder), readSettings(folder)));
  } catch (error) {
    throw new Error(`${folder}: ${(error as Error).message}`, { cause: error });
  }
}

function readTokenizerJson(folder: string): TokenizerJson {
  const text = (name: string) => readFileSync(path.join(folder, name), 'utf8');
  const has = (name: string) => existsSync(path.join(folder, name));
  if (has(JSON_FILE)) return parseTokenizer(text(JSON_FILE), JSON_FILE);
  if (has(VOCAB_FILE)) {
    const vocab = readVocab(path.join(folder, VOCAB_FILE));
    refuseAdded(folder, new Set(vocab));
    return composeTokenizer(vocab, isUncased(vocab));
  }
  const [vocabFile, mergesFile] = BPE_FILES;
  if (!has(vocabFile)) throw new Error(`has no ${TOKENIZER_FILES}`);
  if (!has(mergesFile)) throw new Error(`has ${vocabFile}, but no ${mergesFile}`);
  const vocab = parseMapping(text(vocabFile), vocabFile);
  checkIds(vocab, vocabFile);
  refuseAdded(folder, new Set(Object.keys(vocab)));
  const { merges, firstLine } = readMerges(text(mergesFile));
  checkMerges(merges, vocab, (i) => `${mergesFile}:${firstLine + i}`);
  return composeByteLevel(vocab, merges, false);
}

/** One merge per line, in order of rank, below a line with the version. */
function readMerges(text: string): { merges: readonly string[]; firstLine: number } {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  const version = lines[0]?.startsWith('#version') === true;
  return { merges: version ? lines.slice(1) : lines, firstLine: version ? 2 : 1 };
}

/** Only a tokenizer.json defines how added tokens are found in a text. */
function refuseAdded(folder: string, vocab: ReadonlySet<string>): void {
  const file = path.join(folder, ADDED_FILE);
  if (!existsSync(file)) return;
  const added = Object.keys(parseMapping(readFileSync(file, 'utf8'), ADDED_FILE));
  const unknown = added.find((token) => !vocab.has(token));
  if (unknown === undefined) return;
  throw new Error(`${ADDED_FILE} adds '${unknown}' to the vocabulary, which needs a ${JSON_FILE}: save the tokenizer with transformers' AutoTokenizer`); // prettier-ignore
}

export function hasTokenizer(folder: string): boolean {
  return [JSON_FILE, VOCAB_FILE, BPE_FILES[0]].some((name) => existsSync(path.join(folder, name)));
}

/** tokenizer_config.json; {} without one. */
function readSettings(folder: string): Fields {
  const file = path.join(folder, CONFIG_FILE);
  return existsSync(file) ? parseMapping(readFileSync(file, 'utf8'), CONFIG_FILE) : {};
}

/** The settings override the tokenizer, as in transformers. */
function configured(json: TokenizerJson, settings: Fields): TokenizerJson {
  const flag = (name: string, otherwise: boolean): boolean => {
    const value = settings[name] ?? otherwise;
    if (typeof value === 'boolean') return value;
    throw new Error(`${CONFIG_FILE}: ${name} is ${JSON.stringify(value)}, not true or false`);
  };
  if (json.model.type === 'BPE') {
    const { pre_tokenizer: words } = json as ByteLevelJson;
    const spaced = flag('add_prefix_space', words.add_prefix_space);
    return { ...(json as ByteLevelJson), pre_tokenizer: { ...words, add_prefix_space: spaced } };
  }
  const { normalizer } = json as WordPieceJson;
  return {
    ...(json as WordPieceJson),
    normalizer: {
      ...normalizer,
      lowercase: flag('do_lower_case', normalizer.lowercase),
      handle_chinese_chars: flag('tokenize_chinese_chars', normalizer.handle_chinese_chars),
      strip_accents: (settings['strip_accents'] ?? normalizer.strip_accents) as boolean | null,
    },
  };
}

/** Writes vocab.txt and the files with which `transformers` tokenises in the same way. */
export function writeTokenizer(folder: string, vocab: readonly string[], lowercase: boolean): void {
  mkdirSync(folder, { recursive: true });
  const json = composeTokenizer(vocab, lowercase);
  const config = {
    tokenizer_class: 'BertTokenizer',
    do_lower_case: lowercase,
    strip_accents: null,
    tokenize_chinese_chars: true,
    model_max_length: 512,
  };
  writeFileSync(path.join(folder, VOCAB_FILE), `${vocab.join('\n')}\n`);
  writeFileSync(path.join(folder, JSON_FILE), `${JSON.stringify(json, null, 1)}\n`);
  writeFileSync(path.join(folder, CONFIG_FILE), `${JSON.stringify(config, null, 2)}\n`);
}

/**
 * The tokens of a vocab.txt, one per line, by id.
 * @throws on a token that occurs twice, because its first id would never be used
 */
export function readVocab(file: string): readonly string[] {
  const lines = withoutMark(readFileSync(file, 'utf8')).split('\n');
  if (lines.at(-1) === '') lines.pop();
  const vocab = lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const lineOf = new Map<string, number>();
  for (const [id, token] of vocab.entries()) {
    const before = lineOf.get(token);
    if (before !== undefined) {
      throw new Error(`${file}:${id + 1}: '${token}' is already in line ${before + 1}`);
    }
    lineOf.set(token, id);
  }
  return vocab;
}

/** An uncased vocabulary has no piece in upper case. A vocab.txt has no other sign of it. */
export function isUncased(vocab: readonly string[]): boolean {
  return !vocab.some((token) => !/^\[.+\]$/.test(token) && /\p{Lu}/u.test(token));
}
