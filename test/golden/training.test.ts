import { describe, expect, test, vi } from 'vitest';
import { openBackend } from '../../src/ml/backend/open.ts';
import { createLearner } from '../../src/ml/train/encoder-learner.ts';
import { readConfig } from '../../src/ml/hf/config.ts';
import { readSafetensors } from '../../src/ml/hf/safetensors.ts';
import { BACKENDS, FAST, PLAYED } from './backends.ts';
import { Deviations, largestDifference, readJson, unpadded } from './padded.ts';
import type { Padded } from './padded.ts';
import { golden, lacks } from './reference.ts';

// Where a program plays a GPU, and a machine is busy: a limit for what hangs, not for what is slow.
vi.setConfig({ testTimeout: 900_000 });

interface Training {
  readonly hyper?: {
    readonly betas: readonly [number, number];
    readonly eps: number;
    readonly clip: number;
  };
  readonly batches: readonly (Padded & { readonly labels: readonly number[] })[];
  readonly runs: Readonly<
    Record<
      string,
      {
        readonly weight_decay: number;
        readonly steps: readonly {
          readonly loss: number;
          readonly lr: number;
          readonly grad_norm: number;
        }[];
        readonly final_norms: Readonly<Record<string, number>>;
      }
    >
  >;
}

const file = golden('training/training.json');
/** The reference's one head. */
const own = (name: string) => name.replace(/^classifier\./, 'classifier_dict.rte.');

describe.skipIf(lacks(file))('steps of AdamW', () => {
  test.each([
    // The multi-task steps are without decay, too.
    ...FAST.map((backend) => [backend, 'wd0'] as const),
    ...BACKENDS.map((backend) => [backend, 'wd0.01'] as const),
  ])('on %s, %s', async (backend, name) => {
    const { batches, runs, hyper } = readJson<Training>(file);
    const { betas, eps, clip } = hyper ?? { betas: [0.9, 0.999] as const, eps: 1e-8, clip: 1 };
    const {
      weight_decay: weightDecay,
      steps,
      final_norms: norms,
    } = runs[name] as Training['runs'][string];
    const initial = readSafetensors(golden('training/initial.safetensors'));
    const learner = createLearner(await openBackend(backend), {
      config: readConfig(golden('tiny/config.json')).encoder,
      weights: new Map([...initial].map(([tensor, value]) => [own(tensor), value])),
      heads: [{ task: 'rte', classes: initial.get('classifier.bias')?.shape[0] ?? 0 }],
      pooling: 'cls',
      dropout: 0,
      optimiser: { beta1: betas[0], beta2: betas[1], eps, clip, weightDecay, unused: 'zero' },
    });
    const off = new Deviations();
    // A step's loss and norm show what the ones before it made of the weights.
    const taken = PLAYED.includes(backend) ? steps.slice(0, 6) : steps;
    for (const [t, { loss, lr, grad_norm: norm }] of taken.entries()) {
      const { labels, ...batch } = batches[t] as Training['batches'][number];
      const step = await learner.step(unpadded(batch, 'rte', labels), { lr, dropoutSeed: t });
      off.check(`loss of step ${t}`, Math.abs(step.task - loss), 5e-6);
      off.check(`grad_norm of step ${t}`, Math.abs(step.gradientNorm - norm), 1e-4);
    }
    expect(off.found).toEqual([]);
    if (taken.length < steps.length) return;
    const weights = await learner.weights();
    const final = readSafetensors(golden('training/final.safetensors'));
    expect(Object.keys(norms).length).toBe(weights.size);
    for (const [tensor, wanted] of Object.entries(norms)) {
      // Adam divides its gradient, which is rounding noise, by its own size.
      if (tensor.endsWith('attention.self.key.bias')) continue;
      const found = weights.get(own(tensor))?.data as Float32Array;
      const size = Math.sqrt(found.reduce((sum, x) => sum + x * x, 0));
      off.check(tensor, Math.abs(size - wanted), 1e-5);
      const expected = final.get(`${name}.${tensor}`)?.data as Float32Array;
      off.check(tensor, largestDifference(found, expected), 4e-5);
    }
    expect(off.found).toEqual([]);
  });
});
