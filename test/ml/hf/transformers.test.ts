// Python's transformers on the other side: it computes what we compute from what it wrote, and loads
// what we write. Runs where TORCH_PYTHON names a Python that has torch and transformers:
//   TORCH_PYTHON=$(node test/bench/torch-venv.mjs) npx vitest run test/ml/hf/transformers.test.ts
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Tensor } from '../../../src/ml/backend/backend.ts';
import { Tape } from '../../../src/ml/backend/tape.ts';
import { openBackend } from '../../../src/ml/backend/open.ts';
import { encode, holdBatch, NO_DROPOUT } from '../../../src/ml/encoder/forward.ts';
import { completeWeights } from '../../../src/ml/encoder/init.ts';
import { Parameters } from '../../../src/ml/encoder/parameters.ts';
import { openLearner } from '../../../src/ml/experiment/learner.ts';
import { readModel, writeModel } from '../../../src/ml/experiment/model.ts';
import { readHfFolder } from '../../../src/ml/hf/folder.ts';
import { encodeRow } from '../../../src/ml/text/row.ts';
import { openTokenizer, writeTokenizer } from '../../../src/ml/text/tokenizer-folder.ts';
import type { TaskBatch } from '../../../src/ml/train/gather.ts';
import { OpenEncoder } from '../../golden/encoder.ts';
import { Deviations, largestDifference } from '../../golden/padded.ts';

const python = process.env['TORCH_PYTHON'];
const script = fileURLToPath(new URL('transformers_side.py', import.meta.url));
const LIMIT_MS = 300_000;

interface Expected {
  readonly ids: readonly (readonly number[])[];
  readonly segments: readonly (readonly number[])[];
  readonly hidden: readonly number[];
  readonly pooled: readonly number[] | null;
  readonly gradients?: Readonly<Record<string, readonly number[]>>;
}

interface Looked extends Expected {
  readonly pooled: readonly number[];
  readonly logits: readonly number[];
  readonly tokens: readonly number[];
}

const WORDS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', 'a', 'b'];
const VOCAB = [...WORDS, ...Array.from({ length: 34 }, (_, i) => `word${i}`)];
const BYTE_LEVEL = fileURLToPath(new URL('../../fixtures/byte-level', import.meta.url));

function run(...args: readonly string[]): string {
  const env = { ...process.env, HF_HUB_OFFLINE: '1', OMP_NUM_THREADS: '1' };
  const stdio = ['ignore', 'pipe', 'pipe'] as const;
  return execFileSync(python as string, [script, ...args], { encoding: 'utf8', env, stdio: [...stdio] }); // prettier-ignore
}

function expected(folder: string): Expected {
  return JSON.parse(readFileSync(path.join(folder, 'expected.json'), 'utf8')) as Expected;
}

function batchOf({ ids, segments }: Expected): TaskBatch {
  const length = (ids[0] as readonly number[]).length;
  return {
    task: 'rte',
    ids: Int32Array.from(ids.flat()),
    offsets: Uint32Array.from([...ids, []].keys(), (row) => row * length),
    firstLength: Uint16Array.from(segments, (row) => row.filter((segment) => segment === 0).length), // prettier-ignore
    labels: new Float32Array(ids.length),
  };
}

/** Our hidden states and pooled vectors from the folder's weights. */
async function compute(folder: string, wanted: Expected) {
  const { config, encoder } = readHfFolder(folder);
  const { weights, fresh } = completeWeights(encoder, config, { heads: [], discriminator: 0 }, 1);
  const backend = await openBackend('wasm');
  const parameters = new Parameters(backend, config, [], weights);
  const [hidden, pooled] = await backend.run(false, () => {
    const tape = new Tape(backend);
    const tokens = holdBatch(backend, batchOf(wanted), config);
    const states = encode(tape, tokens, parameters, config, NO_DROPOUT);
    const last = states.at(-1) as Tensor;
    return [last, tape.denseTanh(tape.firstTokens(last, tokens), parameters.pooler)];
  });
  return { hidden: hidden as Float32Array, pooled: pooled as Float32Array, fresh };
}

/** Of the task's head in a model that was written here. */
async function logits(folder: string, wanted: Expected): Promise<Float32Array> {
  const learner = openLearner(await openBackend('wasm'), readModel(folder));
  return learner.logits(batchOf(wanted));
}

describe.skipIf(!python)('with transformers in Python (TORCH_PYTHON)', () => {
  let root: string;
  beforeAll(() => {
    root = mkdtempSync(path.join(tmpdir(), 'transformers-'));
    run('make', root);
  }, LIMIT_MS);
  afterAll(() => rmSync(root, { recursive: true }));

  test.each([
    'bare',
    'headed',
    'sharded',
    'float16',
    'bfloat16',
    'poolerless',
    'distilled',
    'roberta',
    'roberta with a head',
  ])('a checkpoint that is %s gives the hidden states that transformers has', async (name) => {
    const folder = path.join(root, name);
    const wanted = expected(folder);
    const { hidden, pooled, fresh } = await compute(folder, wanted);
    expect(largestDifference(hidden, Float32Array.from(wanted.hidden))).toBeLessThan(1e-5);
    const poolerless = ['poolerless', 'distilled', 'roberta with a head'].includes(name);
    expect(fresh).toEqual(poolerless ? ['bert.pooler.dense.weight', 'bert.pooler.dense.bias'] : []); // prettier-ignore
    if (wanted.pooled !== null) {
      expect(largestDifference(pooled, Float32Array.from(wanted.pooled))).toBeLessThan(1e-5);
    }
  });

  test.each(['bare', 'roberta'])(
    'a checkpoint that is %s gives the gradients that PyTorch has',
    async (name) => {
      const folder = path.join(root, name);
      const wanted = expected(folder);
      const { config, encoder } = readHfFolder(folder);
      const heads = [{ task: 'rte', classes: 2 }];
      const { weights } = completeWeights(encoder, config, { heads, discriminator: 0 }, 1);
      const sine = weights.get('classifier_dict.rte.weight')?.data as Float32Array;
      for (let i = 0; i < sine.length; i++) sine[i] = Math.sin(i + 1);
      const open = new OpenEncoder(await openBackend('wasm'), config, heads, weights);
      const { gradients } = await open.gradients({ ...batchOf(wanted), labels: Float32Array.of(0, 1) }, 'rte'); // prettier-ignore
      const off = new Deviations();
      for (const [parameter, values] of Object.entries(wanted.gradients ?? {})) {
        const found = gradients.get(`bert.${parameter}`)?.data as Float32Array;
        // The first rows of a RoBERTa's positions belong to no token.
        const behind = values.slice(0, values.length - found.length);
        off.check(`${parameter}, behind`, largestDifference(behind, behind.map(() => 0)), 1e-9); // prettier-ignore
        off.check(parameter, largestDifference(found, values.slice(behind.length)), 1e-5);
      }
      expect(off.found).toEqual([]);
      expect(Object.keys(wanted.gradients ?? {}).length).toBe(gradients.size - 2);
    },
  );

  test.each([
    ['bare', 'float32'],
    ['bare', 'float16'],
    ['bare', 'bfloat16'],
    ['distilled', 'float32'],
    ['roberta', 'float32'],
    ['roberta', 'bfloat16'],
  ] as const)(
    'loads what we write of one that is %s, in %s, with its tokenizer, and computes the same',
    async (from, dtype) => {
      const { config, encoder } = readHfFolder(path.join(root, from));
      const tokenizer = from === 'roberta' ? BYTE_LEVEL : path.join(root, 'tokenizer');
      if (from !== 'roberta') writeTokenizer(tokenizer, VOCAB, true);
      const folder = path.join(root, `ours-${from}-${dtype}`);
      const parts = { heads: [{ task: 'rte', classes: 2 }], discriminator: 1 };
      const { weights } = completeWeights(encoder, config, parts, 1);
      writeModel(folder, { config, weights, heads: ['rte'], discriminator: ['rte'], pooling: 'cls', dropout: 0.1, dtype, labelScale: {} }, tokenizer); // prettier-ignore
      const found = JSON.parse(run('look', folder)) as Looked;
      const type = from === 'roberta' ? 'RobertaModel' : 'BertModel';
      expect(found).toMatchObject({ type, dtype, missing: [] });
      expect(found.tokens).toEqual(encodeRow(openTokenizer(folder), ['a b zzz', 'b a'], 128).ids);
      const { hidden, pooled } = await compute(folder, found);
      expect(largestDifference(hidden, Float32Array.from(found.hidden))).toBeLessThan(1e-5);
      expect(largestDifference(pooled, Float32Array.from(found.pooled))).toBeLessThan(1e-5);
      expect(largestDifference(await logits(folder, found), found.logits)).toBeLessThan(1e-5);
    },
    LIMIT_MS,
  );
});
