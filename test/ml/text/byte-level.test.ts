// The ids that Python's tokenizers gives: those of the committed fixture always, many more where
// TORCH_PYTHON names a Python with transformers.
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ByteLevelJson } from '../../../src/ml/text/byte-level-json.ts';
import type { RowTexts } from '../../../src/ml/text/encoded-rows.ts';
import { encodeRow } from '../../../src/ml/text/row.ts';
import { openTokenizer } from '../../../src/ml/text/tokenizer-folder.ts';
import { parseTokenizer } from '../../../src/ml/text/tokenizer-json.ts';

interface Case {
  readonly texts: RowTexts;
  readonly max_length: number;
  readonly ids: readonly number[];
}

const fixture = fileURLToPath(new URL('../../fixtures/byte-level', import.meta.url));
const json = () => readFileSync(path.join(fixture, 'tokenizer.json'), 'utf8');

let root = '';
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'byte-level-'));
});
afterAll(() => rmSync(root, { recursive: true }));

function casesOf(folder: string): readonly Case[] {
  return JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as Case[];
}

/** The texts whose ids differ, with both. */
function wrong(folder: string, cases = casesOf(folder)) {
  const tokenizer = openTokenizer(folder);
  return cases.flatMap(({ texts, max_length: length, ids }) => {
    const { ids: found } = encodeRow(tokenizer, texts, length);
    return JSON.stringify(found) === JSON.stringify(ids) ? [] : [{ texts, length, ids, found }];
  });
}

/** A folder with vocab.json and merges.txt instead of the fixture's tokenizer.json. */
function oldFolder(name: string, files: Readonly<Record<string, string | undefined>> = {}): string {
  const folder = path.join(root, name);
  mkdirSync(folder);
  const { vocab, merges } = (JSON.parse(json()) as ByteLevelJson).model;
  const all = {
    'vocab.json': JSON.stringify(vocab),
    'merges.txt': `#version: 0.2\n${merges.join('\n')}\n`,
    ...files,
  };
  for (const [file, text] of Object.entries(all)) {
    if (text !== undefined) writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

test('a tokenizer.json gives the ids of the tokenizers library', () => {
  expect(casesOf(fixture).length).toBeGreaterThan(100);
  expect(wrong(fixture)).toEqual([]);
  expect(openTokenizer(fixture)).toMatchObject({ family: 'roberta', cls: 0, pad: 1, sep: 2, unk: 3, vocabSize: 420 }); // prettier-ignore
});

test('vocab.json and merges.txt give the same', () => {
  expect(wrong(oldFolder('old'), casesOf(fixture))).toEqual([]);
});

test('a setting of tokenizer_config.json puts a blank before the first word', () => {
  const config = { 'tokenizer_config.json': '{"add_prefix_space": true}' };
  const [plain, spaced] = [openTokenizer(fixture), openTokenizer(oldFolder('spaced', config))];
  expect(spaced.ids('lala')).toEqual(plain.ids(' lala'));
  expect(spaced.ids('lala')).not.toEqual(plain.ids('lala'));
});

test.each([
  ['no merges.txt', { 'merges.txt': undefined }, 'has vocab.json, but no merges.txt'],
  ['a merge of one token', { 'merges.txt': '#version: 0.2\nb a\nba\n' }, 'merges.txt:3 is "ba", not two tokens'], // prettier-ignore
  ['merges of another vocabulary', { 'merges.txt': 'x y\n' }, "merges.txt:1 makes 'xy', which the vocabulary lacks: its files do not belong together"], // prettier-ignore
  ['no JSON', { 'vocab.json': '{"a": ' }, /vocab\.json: .*JSON/],
  ['a list', { 'vocab.json': '[]' }, 'vocab.json: not a mapping'],
  ['an id that is none', { 'vocab.json': '{"a": -1}' }, "vocab.json gives 'a' the id -1"],
  ['no special tokens', { 'vocab.json': '{"a": 0}', 'merges.txt': '' }, 'the vocabulary has no <pad>'], // prettier-ignore
  ['added tokens', { 'added_tokens.json': '{"<new>": 420}' }, "added_tokens.json adds '<new>' to the vocabulary, which needs a tokenizer.json"], // prettier-ignore
  ['a setting that is none', { 'tokenizer_config.json': '{"add_prefix_space": 1}' }, 'tokenizer_config.json: add_prefix_space is 1, not true or false'], // prettier-ignore
] as const)('a folder with %s is refused by name', (name, files, message) => {
  const folder = oldFolder(name, files);
  expect(() => openTokenizer(folder)).toThrow(message);
  expect(() => openTokenizer(folder)).toThrow(folder);
});

const template = (pair: readonly object[]) => ({
  type: 'TemplateProcessing',
  single: [{ SpecialToken: { id: '<s>', type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }, { SpecialToken: { id: '</s>', type_id: 0 } }], // prettier-ignore
  pair,
});

test.each([
  [
    { normalizer: { type: 'NFC' } },
    'its normalizer is NFC; byte-level BPE can be used without one',
  ],
  [{ pre_tokenizer: { type: 'Whitespace' } }, 'its pre_tokenizer is Whitespace; with BPE only ByteLevel can be used'], // prettier-ignore
  [{ pre_tokenizer: { type: 'ByteLevel', use_regex: false } }, 'its pre_tokenizer is ByteLevel without use_regex'], // prettier-ignore
  [{ model: { dropout: 0.1 } }, 'its model has dropout 0.1; only BPE without it can be used'],
  [{ model: { end_of_word_suffix: '</w>' } }, 'its model has end_of_word_suffix "</w>"'],
  [{ model: { merges: undefined } }, 'its model has no list of merges'],
  [{ model: { vocab: { a: 'b' } } }, `its vocab gives 'a' the id "b"`],
  [{ model: { vocab: [] } }, 'its vocab is not a mapping of tokens to ids'],
  [{ model: { merges: [['q', 'q']] } }, "merge 1 makes 'qq', which the vocabulary lacks"],
  [{ added_tokens: [{ content: 'a' }] }, "its added_tokens gives 'a' the id undefined"],
  [{ added_tokens: {} }, 'its added_tokens are not a list'],
  [{ model: { type: 'Unigram' } }, 'its model is Unigram; only WordPiece and byte-level BPE can be used'], // prettier-ignore
] as const)('a tokenizer.json with %j is refused', (change, message) => {
  const whole = JSON.parse(json()) as { readonly model: object };
  const model = { ...whole.model, ...('model' in change ? change.model : {}) };
  const text = JSON.stringify({ ...whole, ...change, model });
  expect(() => parseTokenizer(text, 'tokenizer.json')).toThrow(`tokenizer.json: ${message}`);
});

test.each([
  [null],
  [{ type: 'BertProcessing', sep: ['</s>', 2], cls: ['<s>', 0] }],
  [template([])],
  [{ type: 'Sequence', processors: [] }],
])('rows that are laid out by %j are refused', (processor) => {
  const folder = path.join(root, 'layout');
  mkdirSync(folder, { recursive: true });
  const whole = { ...(JSON.parse(json()) as object), post_processor: processor };
  writeFileSync(path.join(folder, 'tokenizer.json'), JSON.stringify(whole));
  expect(() => openTokenizer(folder)).toThrow('does not lay rows out as <s> a </s>');
});

const python = process.env['TORCH_PYTHON'];
const script = fileURLToPath(new URL('byte_level_side.py', import.meta.url));

describe.skipIf(!python)('with transformers in Python (TORCH_PYTHON)', () => {
  beforeAll(() => {
    execFileSync(python as string, [script, 'folders', root, '4000'], { stdio: 'pipe' });
  }, 300_000);

  test.each(['plain', 'prefixed', 'slow', 'slow prefixed', 'template'])(
    'a tokenizer that is %s gives the same ids for generated texts',
    (name) => {
      expect(casesOf(path.join(root, name))).toHaveLength(4000);
      expect(wrong(path.join(root, name)).slice(0, 3)).toEqual([]);
    },
  );
});
