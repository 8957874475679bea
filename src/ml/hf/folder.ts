// A Hugging Face model folder: config.json, model.safetensors (or shards with an index), and the
// tokenizer's files. Reads what `transformers` wrote and writes what it loads.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { EncoderConfig } from '../encoder/config.ts';
import type { Tensor, Weights } from '../encoder/weights.ts';
import { parseMapping } from '../json-mapping.ts';
import { configFields, DTYPES, readConfig } from './config.ts';
import type { Dtype } from './config.ts';
import { fromFile, toFile } from './families.ts';
import { howToConvert, whereTheEncoderIs } from './find.ts';
import { canonicalName, isHead, isPooler } from './names.ts';
import { readSafetensors, writeSafetensors } from './safetensors.ts';
import { copyTokenizer } from './tokenizer-files.ts';

export interface HfFolder {
  readonly config: EncoderConfig;
  /** All fields of config.json, unchanged. */
  readonly fields: Readonly<Record<string, unknown>>;
  /** The encoder's tensors, named `bert.…` for every kind of file. */
  readonly encoder: Weights;
  /** Ours: `classifier_dict.<task>.…` and `task_discriminator.…`; empty in a foreign checkpoint. */
  readonly heads: Weights;
  /** Parts that were added because the encoder's kind lacks them, such as a DistilBERT's segments. */
  readonly added: readonly string[];
  /** If false, the caller initialises the pooler from its seed and prints a note. */
  readonly hasPooler: boolean;
  /** Unused tensors, such as the heads of pre-training. */
  readonly ignored: readonly string[];
}

const WEIGHTS = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/** @throws naming a file that is absent, damaged, or of a kind that cannot be used */
export function readHfFolder(folder: string): HfFolder {
  const configPath = path.join(folder, 'config.json');
  if (!existsSync(configPath)) {
    throw new Error(`${configPath}: no such file; ${whereTheEncoderIs(folder)}`);
  }
  const { encoder: config, type, fields } = readConfig(configPath);
  const tensors = new Map<string, Tensor>();
  const heads = new Map<string, Tensor>();
  const ignored: string[] = [];
  for (const file of weightFiles(folder)) {
    for (const [found, tensor] of readSafetensors(file)) {
      const name = canonicalName(found, type);
      if (name === undefined) {
        ignored.push(found);
        continue;
      }
      const group = isHead(name) ? heads : tensors;
      if (group.has(name)) throw new Error(`${file}: '${found}' gives '${name}' a second time`);
      group.set(name, tensor);
    }
  }
  const { encoder, added } = fromFile(type, config, tensors);
  const hasPooler = [...encoder.keys()].some(isPooler);
  return { config, fields, encoder, heads, added, hasPooler, ignored: ignored.sort() };
}

function weightFiles(folder: string): readonly string[] {
  const single = path.join(folder, WEIGHTS);
  if (existsSync(single)) return [single];
  const index = path.join(folder, INDEX);
  if (existsSync(index)) return shards(index);
  throw new Error(`${single}: no such file, nor ${INDEX}; ${howToConvert(folder)}`);
}

/** The shards that an index names, each once; they are in the same folder. */
function shards(index: string): readonly string[] {
  const { weight_map: map } = parseMapping(readFileSync(index, 'utf8'), index);
  if (typeof map !== 'object' || map === null) throw new Error(`${index}: no 'weight_map'`);
  return [...new Set(Object.values(map))].sort().map((name) => {
    if (typeof name !== 'string' || path.basename(name) !== name) {
      throw new Error(`${index}: the shard ${JSON.stringify(name)} does not lie beside it`);
    }
    const shard = path.join(path.dirname(index), name);
    if (!existsSync(shard)) throw new Error(`${shard}: no such file, but ${INDEX} names it`);
    return shard;
  });
}

/**
 * Writes a folder that `AutoModel.from_pretrained` loads; heads are tensors that it passes over.
 * `tokenizer` is a folder whose tokenizer files are copied. `extra` fields are added to config.json
 * unchanged; transformers keeps fields that it does not know.
 */
export function writeHfFolder(
  folder: string,
  model: {
    readonly config: EncoderConfig;
    readonly dropout: number;
    /** Of the weights on disk. */
    readonly dtype: Dtype;
    readonly weights: Weights;
    readonly extra?: Readonly<Record<string, unknown>>;
    readonly tokenizer?: string;
  },
): void {
  mkdirSync(folder, { recursive: true });
  const fields = { ...configFields(model.config, model.dropout, model.dtype), ...model.extra };
  writeFileSync(path.join(folder, 'config.json'), `${JSON.stringify(fields, null, 2)}\n`);
  if (model.tokenizer !== undefined) copyTokenizer(model.tokenizer, folder);
  const weights = toFile(model.config, model.weights);
  writeSafetensors(path.join(folder, WEIGHTS), weights, {}, DTYPES[model.dtype]);
}
