// A tokenizer's folder in Hugging Face layout: `transformers` loads it, and so do we.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { composeTokenizer, parseTokenizer } from './tokenizer-json.ts';
import type { TokenizerJson } from './tokenizer-json.ts';
import { createTokenizer } from './tokenizer.ts';
import type { Tokenizer } from './tokenizer.ts';

const JSON_FILE = 'tokenizer.json';
const VOCAB_FILE = 'vocab.txt';
const CONFIG_FILE = 'tokenizer_config.json';

/**
 * tokenizer.json if it is there, else vocab.txt.
 * @throws naming the folder or file
 */
export function openTokenizer(folder: string): Tokenizer {
  try {
    return createTokenizer(readTokenizerJson(folder));
  } catch (error) {
    throw new Error(`${folder}: ${(error as Error).message}`, { cause: error });
  }
}

function readTokenizerJson(folder: string): TokenizerJson {
  const json = path.join(folder, JSON_FILE);
  if (existsSync(json)) return parseTokenizer(readFileSync(json, 'utf8'), JSON_FILE);
  const file = path.join(folder, VOCAB_FILE);
  if (!existsSync(file)) throw new Error(`no ${JSON_FILE} and no ${VOCAB_FILE}`);
  const vocab = readVocab(file);
  return composeTokenizer(vocab, lowercaseSetting(folder) ?? isUncased(vocab));
}

export function hasTokenizer(folder: string): boolean {
  return [JSON_FILE, VOCAB_FILE].some((name) => existsSync(path.join(folder, name)));
}

/** Writes vocab.txt and what `transformers` needs to load it as it is used here. */
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
 * The tokens of a vocab.txt, a line each, by id.
 * @throws on a token that stands twice, since its first id could never come up
 */
export function readVocab(file: string): readonly string[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  if (lines.at(-1) === '') lines.pop();
  const vocab = lines.map((line) => (line.endsWith('\r') ? line.slice(0, -1) : line));
  const lineOf = new Map<string, number>();
  for (const [id, token] of vocab.entries()) {
    const before = lineOf.get(token);
    if (before !== undefined) {
      throw new Error(`${file}:${id + 1}: '${token}' stands in line ${before + 1} already`);
    }
    lineOf.set(token, id);
  }
  return vocab;
}

/** An uncased vocabulary has no piece in upper case; a vocab.txt alone says it in no other way. */
export function isUncased(vocab: readonly string[]): boolean {
  return !vocab.some((token) => !/^\[.+\]$/.test(token) && /\p{Lu}/u.test(token));
}

function lowercaseSetting(folder: string): boolean | undefined {
  const file = path.join(folder, CONFIG_FILE);
  if (!existsSync(file)) return undefined;
  const config = JSON.parse(readFileSync(file, 'utf8')) as { readonly do_lower_case?: boolean };
  return config.do_lower_case;
}
