import { describe, expect, test, vi } from 'vitest';
import type { Precision } from '../../src/ml/backend/backend.ts';
import { openBackend } from '../../src/ml/backend/open.ts';
import type { Weights } from '../../src/ml/encoder/weights.ts';
import { encoderSlots } from '../../src/ml/encoder/layout.ts';
import { readConfig } from '../../src/ml/hf/config.ts';
import { readHfFolder } from '../../src/ml/hf/folder.ts';
import { readSafetensors } from '../../src/ml/hf/safetensors.ts';
import { BACKENDS, FAST, SLOW } from './backends.ts';
import { OpenEncoder } from './encoder.ts';
import { Deviations, largestDifference, readJson, realRows, rowsOf, unpadded } from './padded.ts';
import type { Padded } from './padded.ts';
import { checkRows } from './rows.ts';
import type { ExpectedRow } from './rows.ts';
import { golden, lacks, models } from './reference.ts';

// Where a program plays a GPU, and a machine is busy: a limit for what hangs, not for what is slow.
vi.setConfig({ testTimeout: 900_000 });

interface ForwardCase extends Padded {
  readonly labels: readonly number[];
  readonly targets: readonly number[];
  readonly expect: {
    readonly rows: readonly ExpectedRow[];
    readonly ce_mean: number;
    readonly mse_mean: number;
  };
}

interface MiniLmCase extends ForwardCase {
  readonly grad_of_mean_ce: Readonly<Record<string, { readonly norm: number }>>;
  readonly grad_of_mean_mse: Readonly<Record<string, { readonly norm: number }>>;
}

const tiny = golden('forward/tiny.json');
const miniLm = models('all-MiniLM-L6-v2');
const HEADS = ['classifier', 'regressor'] as const;

const headsOf = (weights: Weights) =>
  HEADS.map((task) => ({ task, classes: weights.get(`${task}.bias`)?.shape[0] ?? 0 }));

/** The reference calls the heads `classifier` and `regressor`. */
function withHeads(weights: Weights, heads: Weights): Weights {
  const named = HEADS.flatMap((task) =>
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
  return new OpenEncoder(
    await openBackend(name),
    config,
    headsOf(weights),
    withHeads(weights, weights),
  );
}

async function openMiniLm(name: (typeof BACKENDS)[number], precision: Precision = 'fp32') {
  const { config, encoder } = readHfFolder(miniLm);
  const heads = readSafetensors(golden('forward/minilm.safetensors'));
  return new OpenEncoder(
    await openBackend(name, precision),
    config,
    headsOf(heads),
    withHeads(encoder, heads),
  );
}

/** The reference's names of tensors are without the prefixes of ours. */
function nameHere(tensor: string): string {
  return /^(classifier|regressor)/.test(tensor) ? `classifier_dict.${tensor}` : `bert.${tensor}`;
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
    const off = new Deviations();
    for (const [i, state] of hidden.entries()) {
      const size = rows * length * width;
      const padded = all?.data.subarray(i * size, (i + 1) * size) as Float32Array;
      const real = realRows(padded, batch, length, width);
      off.check(`hidden_states[${i}]`, largestDifference(state, real), 5e-6);
    }
    const logits = await encoder.head(batch, 'classifier');
    const scores = await encoder.head(batch, 'regressor');
    for (const [tensor, values] of Object.entries({ pooled, logits, score: scores })) {
      off.check(tensor, largestDifference(values, expected.get(tensor)?.data ?? []), 5e-6);
    }
    const { expect: json, targets } = tinyCase();
    expect(json.rows).toHaveLength(rows);
    checkRows(off, json.rows, { batch, targets, hidden, pooled, logits, scores }, { hidden: 5e-6, sums: 1e-3, squares: 2e-5, others: 5e-6 }); // prettier-ignore
    expect(off.found).toEqual([]);
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
    const off = new Deviations();
    off.check(mean, Math.abs(value - tinyCase().expect[mean]), 5e-6);
    const prefix = `grad_${loss}.`;
    const expected = [...tinyTensors()].filter(([tensor]) => tensor.startsWith(prefix));
    const { encoder: config } = readConfig(golden('tiny/config.json'));
    const parts = encoderSlots(config).flatMap((slot) => slot.parts);
    expect(expected.length).toBe(parts.length + 2); // a head's weight and bias
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

const MINI_LM = { hidden: 3e-5, sums: 1e-3, squares: 2e-5, others: 5e-6 };

/** There a whole batch takes minutes; the gradients of its mean are left to the others. */
describe.skipIf(lacks(tiny, miniLm)).each(SLOW)('MiniLM on %s', (name) => {
  test('gives what the reference says of the two shortest rows', async () => {
    const { labels, targets, expect: json, ...padded } = miniLmCase();
    const whole = unpadded(padded, 'classifier', labels);
    const length = (r: number) => json.rows[r]?.tokens ?? 0;
    const rows = json.rows.map((_, r) => r).sort((a, b) => length(a) - length(b)).slice(0, 2); // prettier-ignore
    const batch = rowsOf(whole, rows);
    const encoder = await openMiniLm(name);
    const { hidden, pooled } = await encoder.states(batch);
    const [logits, scores] = [await encoder.head(batch, 'classifier'), await encoder.head(batch, 'regressor')]; // prettier-ignore
    const off = new Deviations();
    const pick = <T>(values: readonly T[]) => rows.map((r) => values[r] as T);
    checkRows(off, pick(json.rows), { batch, targets: pick(targets), hidden, pooled, logits, scores }, MINI_LM); // prettier-ignore
    expect(off.found).toEqual([]);
  });
});

describe.skipIf(lacks(tiny, miniLm)).each(FAST)('MiniLM on %s', (name) => {
  test('gives the hidden states, pooled vectors, embeddings and outputs', async () => {
    const encoder = await openMiniLm(name);
    const batch = unpadded(miniLmCase(), 'classifier', miniLmCase().labels);
    const expected = readSafetensors(golden('forward/minilm.safetensors'));
    const { hidden, pooled, mean } = await encoder.states(batch);
    const tensor = (wanted: string) => expected.get(wanted)?.data as Float32Array;
    const [rows = 0, length = 0, width = 0] = expected.get('last_hidden_state')?.shape ?? [];
    const off = new Deviations();
    const check = (
      name: string,
      values: ArrayLike<number>,
      wanted: ArrayLike<number>,
      tolerance = 5e-6,
    ) =>
      // prettier-ignore
      off.check(name, largestDifference(values, wanted), tolerance);
    const last = realRows(tensor('last_hidden_state'), batch, length, width);
    check('last_hidden_state', hidden.at(-1) as Float32Array, last, 3e-5);
    expect(hidden).toHaveLength(expected.get('hidden_cls_after_each_layer')?.shape[0] ?? 0);
    for (const [i, state] of hidden.entries()) {
      const size = rows * width;
      const first = [...batch.offsets.subarray(0, rows)].flatMap((at) => [...state.subarray(at * width, (at + 1) * width)]); // prettier-ignore
      const wanted = tensor('hidden_cls_after_each_layer').subarray(i * size, (i + 1) * size);
      check(`hidden_cls_after_each_layer[${i}]`, first, wanted, 3e-5);
    }
    check('pooled', pooled, tensor('pooled'));
    const embeddings = Array.from({ length: rows }, (_, r) => {
      const row = mean.subarray(r * width, (r + 1) * width);
      return row.map((x) => x / norm(row));
    });
    const flat = embeddings.flatMap((row) => [...row]);
    check('mean_pooled_normalized', flat, tensor('mean_pooled_normalized'));
    const cosine = embeddings.flatMap((a) => embeddings.map((b) => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0))); // prettier-ignore
    check('cosine', cosine, tensor('cosine'));
    const logits = await encoder.head(batch, 'classifier');
    check('logits', logits, tensor('logits'));
    const scores = await encoder.head(batch, 'regressor');
    check('score', scores, tensor('score'));
    const { expect: json, targets } = miniLmCase();
    expect(json.rows).toHaveLength(rows);
    checkRows(off, json.rows, { batch, targets, hidden, pooled, logits, scores }, MINI_LM);
    expect(off.found).toEqual([]);
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
    const off = new Deviations();
    off.check(mean, Math.abs(loss - miniLmCase().expect[mean]), tolerance);
    for (const [tensor, { norm: wanted }] of Object.entries(miniLmCase()[field])) {
      if (tensor.endsWith('attention.self.key.bias')) continue;
      const found = norm(gradients.get(nameHere(tensor))?.data as Float32Array);
      off.check(tensor, Math.abs(found - wanted) / wanted, 1e-3);
    }
    expect(off.found).toEqual([]);
  });
});

const bf16 = await openBackend('tensorflow', 'bf16').then(() => true, () => false); // prettier-ignore

describe.skipIf(lacks(tiny, miniLm) || !bf16)('MiniLM in bf16', () => {
  test('gives embeddings that point where the reference does', async () => {
    const encoder = await openMiniLm('tensorflow', 'bf16');
    const batch = unpadded(miniLmCase(), 'classifier', miniLmCase().labels);
    const { pooled, mean } = await encoder.states(batch);
    const expected = readSafetensors(golden('forward/minilm.safetensors'));
    const wanted = expected.get('mean_pooled_normalized')?.data as Float32Array;
    const width = mean.length / batch.labels.length;
    for (const [r] of batch.labels.entries()) {
      const row = mean.subarray(r * width, (r + 1) * width);
      const cosine = row.reduce((sum, x, i) => sum + x * (wanted[r * width + i] as number), 0) / norm(row); // prettier-ignore
      expect(cosine).toBeGreaterThan(0.9995);
    }
    const reference = expected.get('pooled')?.data as Float32Array;
    const off = largestDifference(pooled, reference);
    expect(off).toBeLessThan(3e-2);
    expect(off).toBeGreaterThan(1e-5);
  });

  test('gives the gradients to two digits', async () => {
    const encoder = await openMiniLm('tensorflow', 'bf16');
    const batch = unpadded(miniLmCase(), 'classifier', miniLmCase().labels);
    const { loss, gradients } = await encoder.gradients(batch, 'classifier');
    expect(Math.abs(loss - miniLmCase().expect.ce_mean)).toBeLessThan(5e-3);
    const all = Object.entries(miniLmCase().grad_of_mean_ce);
    const own = all.map(([tensor]) => gradients.get(nameHere(tensor))?.data as Float32Array);
    const found = norm(Float32Array.from(own, norm));
    const wanted = norm(Float32Array.from(all, ([, { norm: one }]) => one));
    expect(Math.abs(found / wanted - 1)).toBeLessThan(2e-2);
  });
});
