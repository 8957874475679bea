import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
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
    expect(config).toMatchObject({ hiddenSize: 384, layers: 6, heads: 12, vocabSize: 30522 });
    expect(encoder.size).toBe(5 + 6 * 16 + 2);
    expect([...encoder.keys()].every((name) => name.startsWith('bert.'))).toBe(true);
    expect(encoder.get('bert.encoder.layer.5.output.dense.weight')?.shape).toEqual([384, 1536]);
    expect({ heads: heads.size, hasPooler, ignored }).toEqual({ heads: 0, hasPooler: true, ignored: [] }); // prettier-ignore
  },
);
