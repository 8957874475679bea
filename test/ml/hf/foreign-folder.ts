import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { EncoderConfig } from '../../../src/ml/encoder/config.ts';
import type { Weights } from '../../../src/ml/encoder/weights.ts';
import { writeHfFolder } from '../../../src/ml/hf/folder.ts';
import { writeSafetensors } from '../../../src/ml/hf/safetensors.ts';

export const config: EncoderConfig = {
  family: 'bert',
  vocabSize: 11,
  hiddenSize: 4,
  layers: 1,
  heads: 2,
  ffnSize: 8,
  positions: 6,
  segments: 2,
  padding: 0,
  layerNormEps: 1e-12,
  initializerRange: 0.02,
};

export const tensors = (...names: readonly string[]): Weights =>
  new Map(names.map((name, i) => [name, { shape: [2], data: Float32Array.of(i, -i) }]));

/** A folder as another program writes it, with other fields in its config.json. */
export function foreign(root: string, name: string, weights: Weights, fields: object = {}): string {
  const folder = path.join(root, name);
  writeHfFolder(folder, { config, dropout: 0.1, dtype: 'float32', weights: new Map() });
  const file = path.join(folder, 'config.json');
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...fields }));
  writeSafetensors(path.join(folder, 'model.safetensors'), weights);
  return folder;
}
