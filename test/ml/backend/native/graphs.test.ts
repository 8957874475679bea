// Runs recorded as graphs, as on a CPU, against operations executed one by one, as on a GPU.
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { loadAddon } from '../../../../src/ml/backend/native/load.ts';
import type { Addon } from '../../../../src/ml/backend/native/addon.ts';
import { nativeBackend } from '../../../../src/ml/backend/native/backend.ts';
import { Calls } from '../../../../src/ml/backend/native/calls.ts';
import { Masks } from '../../../../src/ml/backend/native/masks.ts';
import { Runtime } from '../../../../src/ml/backend/native/runtime.ts';
import { initialWeights } from '../../../../src/ml/encoder/init.ts';
import { createLearner } from '../../../../src/ml/train/encoder-learner.ts';
import { BACKENDS } from '../../../golden/backends.ts';
import { Deviations, largestDifference } from '../../../golden/padded.ts';
import { raggedBatch, SMALL } from '../batches.ts';

vi.setConfig({ testTimeout: 120_000 });

const FACTS = {
  backend: 'tensorflow',
  library: '',
  kernels: null,
  simd: '',
  threads: 1,
  precision: 'fp32',
} as const;

describe.skipIf(!BACKENDS.includes('tensorflow'))('native TensorFlow', () => {
  let addon: Addon;
  let masks: Masks;
  beforeAll(async () => {
    ({ addon } = await loadAddon());
    masks = await Masks.open();
  });

  test('learns the same with graphs and one by one', async () => {
    const [graphs, single] = [
      new Runtime(addon, masks, true),
      new Runtime(addon, masks, false),
    ].map(learnerOn);
    const off = new Deviations();
    for (let t = 0; t < 5; t++) {
      const batch = raggedBatch(t);
      const settings = { lr: 1e-3, dropoutSeed: t, accumulate: t === 3 ? 2 : 1 };
      const [a, b] = [await graphs?.step(batch, settings), await single?.step(batch, settings)];
      off.check(`loss of step ${t}`, Math.abs((a?.task ?? NaN) - (b?.task ?? NaN)), 1e-5);
      off.check(`norm of step ${t}`, Math.abs((a?.gradientNorm ?? NaN) - (b?.gradientNorm ?? NaN)), 1e-4); // prettier-ignore
      const [x, y] = [await graphs?.logits(batch), await single?.logits(batch)];
      off.check(`logits after step ${t}`, largestDifference(x ?? [], y ?? [NaN]), 1e-5);
    }
    expect(off.found).toEqual([]);
  });

  test('makes a graph once, whatever the sizes of the batches', async () => {
    const runtime = new Runtime(addon, masks, true);
    const learner = learnerOn(runtime);
    await learner.logits(raggedBatch(1));
    expect(runtime.graphs?.size).toBe(1);
    for (const [seed, rows] of [[2, 6], [3, 9], [4, 3]] as const) await learner.logits(raggedBatch(seed, { rows })); // prettier-ignore
    expect(runtime.graphs?.size).toBe(1);
    // Rows that are all equally long need no padding: another graph.
    const { ids, ...batch } = raggedBatch(1, { rows: 2 });
    const offsets = Uint32Array.of(0, 1, 2);
    await learner.logits({ ...batch, ids: ids.slice(0, 2), offsets, firstLength: Uint16Array.of(1, 1) }); // prettier-ignore
    expect(runtime.graphs?.size).toBe(2);
    expect(readdirSync(tmpdir()).filter((name) => name.startsWith(`graph-${process.pid}-`))).toEqual([]); // prettier-ignore
  });

  test('computes what is read, again in the same run, and nothing that was freed', () => {
    const calls = new Calls(new Runtime(addon, masks, true));
    calls.begin(true);
    const x = calls.floats([2, 2], Float32Array.of(1, 2, 3, 4));
    const square = calls.unary('Square', x);
    const sum = calls.add(square, x);
    calls.free(square, x);
    expect([...calls.read(sum)]).toEqual([2, 6, 12, 20]);
    expect([...calls.read(calls.multiply(sum, calls.number(2)))]).toEqual([4, 12, 24, 40]);
    expect(() => calls.read(square)).toThrow('no graph has kept');
    expect(() => calls.add(sum, square)).toThrow('no graph has kept');
    const before = addon.getNumOfTensors();
    calls.end();
    expect(addon.getNumOfTensors()).toBeLessThan(before);
  });
});

function learnerOn(runtime: Runtime) {
  const heads = [{ task: 'rte', classes: 2 }] as const;
  return createLearner(nativeBackend(runtime, FACTS), {
    config: SMALL,
    weights: initialWeights(SMALL, { heads, discriminator: 0 }, 1),
    heads,
    pooling: 'cls',
    dropout: 0.1,
    optimiser: { beta1: 0.9, beta2: 0.999, eps: 1e-8, clip: 1, weightDecay: 0, unused: 'zero' },
  });
}
