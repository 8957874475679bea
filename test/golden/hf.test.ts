import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { encoderSlots } from '../../src/ml/encoder/layout.ts';
import { readConfig } from '../../src/ml/hf/config.ts';
import { readHfFolder } from '../../src/ml/hf/folder.ts';
import { readSafetensors, writeSafetensors } from '../../src/ml/hf/safetensors.ts';
import { golden, lacks, models } from './reference.ts';

const tiny = golden('tiny/weights.safetensors');
const miniLm = models('all-MiniLM-L6-v2');

/** The tensors' bytes, behind the header. */
function data(file: string): Buffer {
  const bytes = readFileSync(file);
  return bytes.subarray(8 + Number(bytes.readBigUInt64LE()));
}

test.skipIf(lacks(tiny))('the tiny weights are written in the bytes that torch wrote', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'golden-hf-'));
  try {
    const copy = path.join(folder, 'copy.safetensors');
    writeSafetensors(copy, readSafetensors(tiny));
    expect(data(copy).equals(data(tiny))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.skipIf(lacks(tiny))('the tiny config gives the shape of the tiny weights', () => {
  const { encoder } = readConfig(golden('tiny/config.json'));
  const word = readSafetensors(tiny).get('bert.embeddings.word_embeddings.weight');
  expect(word?.shape).toEqual([encoder.vocabSize, encoder.hiddenSize]);
});

test.skipIf(lacks(miniLm))(
  'MiniLM is read whole, its names with the prefix, its buffer not',
  () => {
    const { config, encoder, heads, hasPooler, ignored } = readHfFolder(miniLm);
    const parts = encoderSlots(config).flatMap((slot) => slot.parts);
    const shapes = Object.fromEntries([...encoder].map(([name, { shape }]) => [name, shape]));
    expect(shapes).toEqual(Object.fromEntries(parts.map(({ name, shape }) => [name, shape])));
    expect({ heads: heads.size, hasPooler, ignored }).toEqual({ heads: 0, hasPooler: true, ignored: [] }); // prettier-ignore
  },
);
