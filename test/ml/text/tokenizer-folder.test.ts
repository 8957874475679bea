import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeGivenTokenizer } from '../../../src/ml/experiment/vocabulary.ts';
import { composeTokenizer } from '../../../src/ml/text/tokenizer-json.ts';
import { isUncased, openTokenizer, readVocab, writeTokenizer } from '../../../src/ml/text/tokenizer-folder.ts'; // prettier-ignore
import { WholeWords } from '../../../src/ml/text/whole-words.ts';

const VOCAB = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'Paris', 'paris', '##s', 'a'];

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'tokenizer-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function place(name: string, files: Readonly<Record<string, string>>): string {
  const at = path.join(folder, name);
  mkdirSync(at);
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(at, file), text);
  return at;
}

test('a written folder is opened with the same case', () => {
  const [cased, uncased] = [path.join(folder, 'cased'), path.join(folder, 'uncased')];
  writeTokenizer(cased, VOCAB, false);
  writeTokenizer(uncased, VOCAB, true);
  expect(openTokenizer(cased).ids('Pariss a')).toEqual([4, 6, 7]);
  expect(openTokenizer(uncased).ids('Pariss a')).toEqual([5, 6, 7]);
  expect(openTokenizer(cased).vocabSize).toBe(8);
});

test('a byte order mark, as editors on Windows leave it, belongs to no token and no JSON', () => {
  const settings = '\ufeff{"do_lower_case": true}';
  const at = place('marked', { 'vocab.txt': `\ufeff${VOCAB.join('\r\n')}`, 'tokenizer_config.json': settings }); // prettier-ignore
  expect(readVocab(path.join(at, 'vocab.txt'))).toEqual(VOCAB);
  expect(openTokenizer(at).pad).toBe(VOCAB.indexOf('[PAD]'));
});

test('a vocab.txt alone is cased if a piece of it has an upper-case letter', () => {
  expect([isUncased(VOCAB), isUncased(['[UNK]', 'a', '##s', '中', '1'])]).toEqual([false, true]);
  const cased = place('bare-cased', { 'vocab.txt': VOCAB.join('\n') });
  expect(openTokenizer(cased).ids('Paris PARIS')).toEqual([4, 1]);
  const uncased = place('bare', { 'vocab.txt': VOCAB.filter((t) => t !== 'Paris').join('\r\n') });
  expect(openTokenizer(uncased).ids('Paris PARIS')).toEqual([4, 4]);
});

test('tokenizer_config.json goes before what the pieces look like', () => {
  const files = {
    'vocab.txt': VOCAB.join('\n'),
    'tokenizer_config.json': '{"do_lower_case":true}',
  };
  expect(openTokenizer(place('configured', files)).ids('Paris')).toEqual([5]);
});

test('it goes before a tokenizer.json too, as in transformers', () => {
  const json = readFileSync(path.join(folder, 'uncased', 'tokenizer.json'), 'utf8');
  const cased = { 'tokenizer.json': json, 'tokenizer_config.json': '{"do_lower_case":false}' };
  expect(openTokenizer(place('recased', cased)).ids('Pariss a')).toEqual([4, 6, 7]);
});

test.each([
  ['tokenizer.json', '{"model": ', /tokenizer\.json: .*JSON/],
  ['tokenizer.json', '[]', /tokenizer\.json: not a mapping$/],
  ['tokenizer_config.json', '{', /tokenizer_config\.json: .*JSON/],
  [
    'tokenizer_config.json',
    '{"do_lower_case": "yes"}',
    /tokenizer_config\.json: do_lower_case is "yes", not true or false$/,
  ],
  [
    'tokenizer.json',
    JSON.stringify({ ...composeTokenizer(VOCAB, true), normalizer: { type: 'BertNormalizer' } }),
    /tokenizer\.json: its normalizer has the clean_text absent, not a boolean$/,
  ],
  [
    'tokenizer.json',
    JSON.stringify({ ...composeTokenizer(VOCAB, true), added_tokens: [{ id: 3 }] }),
    /tokenizer\.json: an added token has the content absent, not a string$/,
  ],
  [
    'added_tokens.json',
    '{"[NEW]": 8}',
    /added_tokens\.json adds '\[NEW\]' to the vocabulary, which needs a tokenizer\.json/,
  ],
])('a %s that is wrong is refused by its name, %#', (file, text, message) => {
  const at = place(`bad-${file}-${text.length}`, { 'vocab.txt': VOCAB.join('\n'), [file]: text });
  expect(() => openTokenizer(at)).toThrow(message);
  expect(() => openTokenizer(at)).toThrow(at);
});

test('a folder without a tokenizer is refused by name', () => {
  expect(() => openTokenizer(place('none', {}))).toThrow(
    /none: has no tokenizer\.json, vocab\.txt, or vocab\.json and merges\.txt$/,
  );
});

test('a token that occurs twice is refused with both lines', () => {
  const at = place('twice', { 'vocab.txt': 'a\nb\na\n' });
  expect(() => readVocab(path.join(at, 'vocab.txt'))).toThrow(/:3: 'a' is already in line 1$/);
});

test('an encoder with fewer embeddings than the vocabulary has tokens is refused', () => {
  const config = { model_type: 'bert', vocab_size: 7, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 16 }; // prettier-ignore
  const encoder = place('encoder', {
    'vocab.txt': VOCAB.join('\n'),
    'config.json': JSON.stringify(config),
  });
  const out = path.join(folder, 'copied');
  expect(() => writeGivenTokenizer(out, undefined, encoder)).toThrow(
    /the vocabulary has 8 tokens, but .*config\.json has embeddings for 7$/,
  );
});

test('a tokenizer of the other kind than the encoder was trained with is refused', () => {
  const shape = { vocab_size: 500, hidden_size: 8, num_hidden_layers: 1, num_attention_heads: 2, intermediate_size: 16 }; // prettier-ignore
  const bpe = fileURLToPath(new URL('../../fixtures/byte-level/tokenizer.json', import.meta.url));
  const roberta = place('roberta', { 'config.json': JSON.stringify({ ...shape, model_type: 'roberta' }), 'tokenizer.json': readFileSync(bpe, 'utf8') }); // prettier-ignore
  expect(writeGivenTokenizer(path.join(folder, 'bpe'), undefined, roberta)).toBe(420);
  const vocab = path.join(place('wordpiece', { 'vocab.txt': VOCAB.join('\n') }), 'vocab.txt');
  expect(() => writeGivenTokenizer(path.join(folder, 'a'), vocab, roberta)).toThrow(
    /the tokenizer is WordPiece, but .*config\.json is of an encoder that was trained with byte-level BPE/,
  );
  const bert = place('bert', { 'config.json': JSON.stringify({ ...shape, model_type: 'bert' }), 'tokenizer.json': readFileSync(bpe, 'utf8') }); // prettier-ignore
  expect(() => writeGivenTokenizer(path.join(folder, 'b'), undefined, bert)).toThrow(
    /the tokenizer is byte-level BPE, but .*config\.json is of an encoder that was trained with WordPiece/,
  );
});

test('an encoder without a tokenizer takes the vocabulary that is given', () => {
  const encoder = place('plain', {});
  const vocab = path.join(place('given', { 'vocab.txt': VOCAB.join('\n') }), 'vocab.txt');
  const out = path.join(folder, 'out');
  expect(writeGivenTokenizer(out, vocab, encoder)).toBe(8);
  expect(openTokenizer(out).ids('Paris')).toEqual([4]);
  expect(() => writeGivenTokenizer(out, undefined, encoder)).toThrow(
    /brings no tokenizer\.json, vocab\.txt, or .*; name a vocab\.txt with -p vocab=FILE$/,
  );
});

test('whole words are lower-cased, sorted, and stand behind the four special tokens', () => {
  const words = new WholeWords();
  words.add('The café, the DEN .');
  words.add(`b ${'x'.repeat(101)}`);
  expect(words.vocabulary()).toEqual(['[PAD]', '[CLS]', '[SEP]', '[UNK]', ',', '.', 'b', 'cafe', 'den', 'the']); // prettier-ignore
});

test('with whole words a word is one token or unknown, never pieces', () => {
  const words = new WholeWords();
  words.add('under stand');
  const out = path.join(folder, 'words');
  writeTokenizer(out, words.vocabulary(), true);
  expect(openTokenizer(out).ids('understand under Stand')).toEqual([3, 5, 4]);
});
