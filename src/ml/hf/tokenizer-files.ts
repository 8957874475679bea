import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';

const FILES = [
  'added_tokens.json',
  'merges.txt',
  'special_tokens_map.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'vocab.json',
  'vocab.txt',
];

/** Copies the tokenizer's files of a folder, unchanged. */
export function copyTokenizer(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const name of FILES) {
    const source = path.join(from, name);
    if (existsSync(source)) copyFileSync(source, path.join(to, name));
  }
}
