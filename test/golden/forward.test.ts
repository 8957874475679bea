import { describe, expect, test } from 'vitest';
import { openBackend } from '../../src/ml/backend/open.ts';
import type { Weights } from '../../src/ml/encoder/weights.ts';
import { readConfig } from '../../src/ml/hf/config.ts';
import { readHfFolder } from '../../src/ml/hf/folder.ts';
import { readSafetensors } from '../../src/ml/hf/safetensors.ts';
import { BACKENDS, FAST } from './backends.ts';
import { OpenEncoder } from './encoder.ts';
import { Deviations, largestDifference, readJson, realRows, unpadded } from './padded.ts';
import type { Padded } from './padded.ts';
import { golden, lacks, models } from './reference.ts';

interface ForwardCase extends Padded {
  readonly labels: readonly number[];
  readonly targets: readonly number[];
  readonly expect: { readonly ce_mean: number; readonly mse_mean: number };
}

interface MiniLmCase extends ForwardCase {
  readonly grad_of_mean_ce: Readonly<Record<string, { readonly norm: number }>>;
  readonly grad_of_mean_mse: Readonly<Record<string, { readonly norm: number }>>;
}

const tiny = golden('forward/tiny.json');
const miniLm = models('all-MiniLM-L6-v2');
const HEADS = [
  { task: 'classifier', classes: 2 },
  { task: 'regressor', classes: 1 },
];

/** The reference calls the heads `classifier` and `regressor`. */
function withHeads(weights: Weights, heads: Weights): Weights {
  const named = HEADS.flatMap(({ task }) =>
    ['weight', 'bias'].map((kind) => {
      const tensor = heads.get(`${task}.${kind}`) as {
        shape: readonly number[];
        data: Float32Array;
      };
      return [`classifier_dict.${task}.${kind}`, tensor] as const;
    }),
  );
  return new Map([...weights, ...named]);
}

async function openTiny(name: (typeof BACKENDS)[number]) {
  const { encoder: config } = readConfig(golden('tiny/config.json'));
  const weights = readSafetensors(golden('tiny/weights.safetensors'));
  return new OpenEncoder(await openBackend(name), config, HEADS, withHeads(weights, weights));
}

async function openMiniLm(name: (typeof BACKENDS)[number]) {
  const { config, encoder } = readHfFolder(miniLm);
  const heads = readSafetensors(golden('forward/minilm.safetensors'));
  return new OpenEncoder(await openBackend(name), config, HEADS, withHeads(encoder, heads));
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, x) => sum + x * x, 0));
}

const tinyCase = () => readJson<ForwardCase>(tiny);
const tinyTensors = () => readSafetensors(golden('forward/tiny.safetensors'));

describe.skipIf(lacks(tiny)).each(BACKENDS)('the tiny BERT on %s', (name) => {
  test('gives the hidden states, pooled vectors and outputs', async () => {
    const encoder = await openTiny(name);
    const batch = unpadded(tinyCase(), 'classifier', tinyCase().labels);
    const expected = tinyTensors();
    const { hidden, pooled } = await encoder.states(batch);
    const all = expected.get('hidden_states');
    const [states = 0, rows = 0, length = 0, width = 0] = all?.shape ?? [];
    expect(hidden).toHaveLength(states);
    for (const [i, state] of hidden.entries()) {
      const size = rows * length * width;
      const padded = all?.data.subarray(i * size, (i + 1) * size) as Float32Array;
      expect(largestDifference(state, realRows(padded, batch, length, width))).toBeLessThan(5e-6);
    }
    const close = (values: Float32Array, tensor: string) =>
      expect(largestDifference(values, expected.get(tensor)?.data ?? [])).toBeLessThan(5e-6);
    close(pooled, 'pooled');
    close(await encoder.head(batch, 'classifier'), 'logits');
    close(await encoder.head(batch, 'regressor'), 'score');
  });

  test.each([
    ['ce', 'classifier', 'labels', 'ce_mean'],
    ['mse', 'regressor', 'targets', 'mse_mean'],
  ] as const)('gives every gradient of the mean %s', async (loss, task, labels, mean) => {
    const encoder = await openTiny(name);
    const { loss: value, gradients } = await encoder.gradients(
      unpadded(tinyCase(), task, tinyCase()[labels]),
      task,
    );
    expect(Math.abs(value - tinyCase().expect[mean])).toBeLessThan(5e-6);
    const prefix = `grad_${loss}.`;
    const expected = [...tinyTensors()].filter(([tensor]) => tensor.startsWith(prefix));
    expect(expected.length).toBe(5 + 2 * 16 + 2 + 2);
    const off = new Deviations();
    for (const [tensor, { data: values }] of expected) {
      const own = tensor
        .slice(prefix.length)
        .replace(/^(classifier|regressor)/, 'classifier_dict.$1');
      const found = gradients.get(own)?.data as Float32Array;
      const excess = values.map((g, i) => Math.abs(g - (found[i] as number)) - 1e-4 * Math.abs(g));
      off.check(tensor, Math.max(...excess), 1e-5);
    }
    expect(off.found).toEqual([]);
  });
});

const miniLmCase = () => readJson<MiniLmCase>(golden('forward/minilm.json'));

describe.skipIf(lacks(tiny, miniLm)).each(FAST)('MiniLM on %s', (name) => {
  test('gives the hidden states, pooled vectors, embeddings and outputs', async () => {
    const encoder = await openMiniLm(name);
    const batch = unpadded(miniLmCase(), 'classifier', miniLmCase().labels);
    const expected = readSafetensors(golden('forward/minilm.safetensors'));
    const { hidden, pooled, mean } = await encoder.states(batch);
    const tensor = (wanted: string) => expected.get(wanted)?.data as Float32Array;
    const last = realRows(tensor('last_hidden_state'), batch, 100, 384);
    expect(largestDifference(hidden[6] as Float32Array, last)).toBeLessThan(3e-5);
    for (const [i, state] of hidden.entries()) {
      const first = [...batch.offsets.subarray(0, 16)].map((at) => state.subarray(at * 384, at * 384 + 384)); // prettier-ignore
      const wanted = tensor('hidden_cls_after_each_layer').subarray(
        i * 16 * 384,
        (i + 1) * 16 * 384,
      );
      expect(
        largestDifference(
          first.flatMap((row) => [...row]),
          wanted,
        ),
      ).toBeLessThan(3e-5);
    }
    expect(largestDifference(pooled, tensor('pooled'))).toBeLessThan(5e-6);
    const embeddings = Array.from({ length: 16 }, (_, r) => {
      const row = mean.subarray(r * 384, (r + 1) * 384);
      return row.map((x) => x / norm(row));
    });
    const flat = embeddings.flatMap((row) => [...row]);
    expect(largestDifference(flat, tensor('mean_pooled_normalized'))).toBeLessThan(5e-6);
    const logits = await encoder.head(batch, 'classifier');
    expect(largestDifference(logits, tensor('logits'))).toBeLessThan(5e-6);
    const score = await encoder.head(batch, 'regressor');
    expect(largestDifference(score, tensor('score'))).toBeLessThan(5e-6);
  });

  test.each([
    ['grad_of_mean_ce', 'classifier', 'labels', 'ce_mean', 5e-6],
    ['grad_of_mean_mse', 'regressor', 'targets', 'mse_mean', 2e-5],
  ] as const)('gives the norms of %s', async (field, task, labels, mean, tolerance) => {
    const encoder = await openMiniLm(name);
    const { loss, gradients } = await encoder.gradients(
      unpadded(miniLmCase(), task, miniLmCase()[labels]),
      task,
    );
    expect(Math.abs(loss - miniLmCase().expect[mean])).toBeLessThan(tolerance);
    const off = new Deviations();
    for (const [tensor, { norm: wanted }] of Object.entries(miniLmCase()[field])) {
      if (tensor.endsWith('attention.self.key.bias')) continue;
      const own = /^(classifier|regressor)/.test(tensor)
        ? `classifier_dict.${tensor}`
        : `bert.${tensor}`;
      const found = norm(gradients.get(own)?.data as Float32Array);
      off.check(tensor, Math.abs(found - wanted) / wanted, 1e-3);
    }
    expect(off.found).toEqual([]);
  });
});
