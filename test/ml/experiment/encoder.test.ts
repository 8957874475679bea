import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encoderSlots } from '../../../src/ml/encoder/layout.ts';
import type { Tensor } from '../../../src/ml/encoder/weights.ts';
import { checkEncoder, loadEncoder } from '../../../src/ml/experiment/encoder.ts';
import { writeHfFolder } from '../../../src/ml/hf/folder.ts';
import { SMALL } from '../backend/batches.ts';

let root: string;
beforeAll(() => {
  root = mkdtempSync(path.join(tmpdir(), 'encoder-'));
});
afterAll(() => rmSync(root, { recursive: true }));

const NONE = { heads: [], discriminator: 0 };
const size = (shape: readonly number[]) => shape.reduce((product, n) => product * n, 1);

/** A whole encoder of the small shape; `change` is what is wrong with it. */
function encoder(
  name: string,
  fields: object = {},
  change: (tensors: Map<string, Tensor>) => void = () => undefined,
  config = SMALL,
): string {
  const folder = path.join(root, name);
  const parts = encoderSlots(config).flatMap((slot) => slot.parts);
  const tensors = new Map<string, Tensor>(
    parts.map(({ name, shape }) => [name, { shape, data: new Float32Array(size(shape)).fill(0.5) }]), // prettier-ignore
  );
  change(tensors);
  writeHfFolder(folder, { config, dropout: 0, dtype: 'float32', weights: tensors });
  const file = path.join(folder, 'config.json');
  const whole = { ...(JSON.parse(readFileSync(file, 'utf8')) as object), ...fields };
  writeFileSync(file, JSON.stringify(whole));
  return folder;
}

const WORDS = 'bert.embeddings.word_embeddings.weight';
const POSITIONS = 'bert.embeddings.position_embeddings.weight';

test('an encoder without a pooler gets one, and what is not used is told in a line', () => {
  const folder = encoder('foreign', {}, (tensors) => {
    tensors.delete('bert.pooler.dense.weight');
    tensors.delete('bert.pooler.dense.bias');
    for (let i = 0; i < 10; i++) tensors.set(`cls.${i}`, { shape: [1], data: Float32Array.of(1) });
  });
  const { weights, hasPooler, notes } = loadEncoder(folder, NONE, 1);
  expect([weights.has('bert.pooler.dense.weight'), hasPooler]).toEqual([true, false]);
  expect(notes).toEqual(['not used from the encoder: cls.0, cls.1, cls.2, cls.3, cls.4, cls.5, cls.6, cls.7 and 2 more']); // prettier-ignore
});

test('a value that is infinite or no number is found before anything is trained', () => {
  for (const value of [Number.NaN, Infinity, -Infinity]) {
    const folder = encoder('diverged', {}, (tensors) => {
      (tensors.get(WORDS) as Tensor).data[7] = value;
    });
    expect(() => checkEncoder(folder)).toThrow(
      `${folder}: tensor '${WORDS}' has a value that is ${value}`,
    );
  }
  expect(checkEncoder(encoder('sound'))).toEqual([]);
});

test('layers beyond those of config.json are told', () => {
  const folder = encoder('shallow', { num_hidden_layers: 1 });
  expect(loadEncoder(folder, NONE, 1).notes[0]).toMatch(/^not used from the encoder: bert\.encoder\.layer\.1\..* and 8 more$/); // prettier-ignore
});

test('a RoBERTa has the positions from the padding on, and is written with all of them', () => {
  const config = { ...SMALL, family: 'roberta', padding: 1, segments: 1 } as const;
  const numbered = Float32Array.from({ length: size([16, 16]) }, (_, i) => i);
  const folder = encoder('roberta', {}, (tensors) => tensors.set(POSITIONS, { shape: [16, 16], data: numbered }), config); // prettier-ignore
  const fields = JSON.parse(readFileSync(path.join(folder, 'config.json'), 'utf8')) as object;
  expect(fields).toMatchObject({ architectures: ['RobertaModel'], model_type: 'roberta', max_position_embeddings: 18, type_vocab_size: 1, pad_token_id: 1 }); // prettier-ignore
  const bytes = readFileSync(path.join(folder, 'model.safetensors'));
  const header = JSON.parse(bytes.toString('utf8', 8, 8 + Number(bytes.readBigUInt64LE()))) as Record<string, { shape: unknown }>; // prettier-ignore
  expect(header['roberta.embeddings.position_embeddings.weight']?.shape).toEqual([18, 16]);
  const loaded = loadEncoder(folder, NONE, 1);
  expect(loaded.config).toEqual(config);
  expect(loaded.weights.get(POSITIONS)).toEqual({ shape: [16, 16], data: numbered });
});

test.each([
  ['more layers', { num_hidden_layers: 10 ** 12 }, () => undefined, /config\.json: num_hidden_layers is 1000000000000, but the weights have 2$/], // prettier-ignore
  ['another vocabulary', { vocab_size: 31 }, () => undefined, /config\.json and the weights next to it do not match: tensor 'bert\.embeddings\.word_embeddings\.weight' is \[30, 16\], the model's is \[31, 16\]$/], // prettier-ignore
  ['other sizes', { intermediate_size: 8 }, () => undefined, /intermediate\.dense\.weight' is \[24, 16\], the model's is \[8, 16\]$/], // prettier-ignore
  ['fewer positions than said', { max_position_embeddings: 17 }, () => undefined, /position_embeddings\.weight' is \[16, 16\]/], // prettier-ignore
  ['no word table', {}, (tensors: Map<string, Tensor>) => void tensors.delete(WORDS), /the checkpoint has no tensor 'bert\.embeddings\.word_embeddings\.weight'$/], // prettier-ignore
] as const)(
  'weights with %s than config.json says are refused by file',
  (name, fields, change, message) => {
    // prettier-ignore
    const folder = encoder(name, fields, change);
    expect(() => loadEncoder(folder, NONE, 1)).toThrow(message);
    expect(() => loadEncoder(folder, NONE, 1)).toThrow(folder);
  },
);
