import { describe, expect, test, vi } from 'vitest';
import { openBackend } from '../../src/ml/backend/open.ts';
import { createLearner } from '../../src/ml/train/encoder-learner.ts';
import { readConfig } from '../../src/ml/hf/config.ts';
import { readSafetensors } from '../../src/ml/hf/safetensors.ts';
import { posWeights } from '../../src/ml/train/pos-weight.ts';
import { asFitsOn, BACKENDS } from './backends.ts';
import { Deviations, largestDifference, readJson, unpadded } from './padded.ts';
import type { Padded } from './padded.ts';
import { golden, lacks } from './reference.ts';

// Where a program plays a GPU, and a machine is busy: a limit for what hangs, not for what is slow.
vi.setConfig({ testTimeout: 900_000 });

interface MultiTask {
  readonly hyper?: {
    readonly betas: readonly [number, number];
    readonly eps: number;
    readonly clip: number;
    readonly weight_decay: number;
  };
  readonly tasks: readonly string[];
  readonly num_labels: Readonly<Record<string, number>>;
  readonly batches_per_task: Readonly<Record<string, number>>;
  readonly batches: readonly (Padded & { readonly labels: readonly number[] })[];
  readonly eval_batch: Padded;
  readonly runs: Readonly<
    Record<
      string,
      {
        readonly steps: readonly {
          readonly task: string;
          readonly task_loss: number;
          readonly disc_loss: number;
          readonly lr: number;
          readonly grad_norm: number;
        }[];
        readonly after_training_eval: {
          readonly disc_logits: readonly (readonly number[])[];
          readonly scores_sigmoid: readonly (readonly number[])[];
        };
      }
    >
  >;
}

const RUNS: readonly (readonly ['ce' | 'bce', 'zero' | 'none'])[] = [
  ['ce', 'zero'],
  ['ce', 'none'],
  ['bce', 'zero'],
  ['bce', 'none'],
];

const file = golden('multitask/multitask.json');

describe.skipIf(lacks(file))('multi-task steps', () => {
  test.each(
    // What differs between the four lies above the backend.
    BACKENDS.flatMap((on) =>
      asFitsOn(on, RUNS, RUNS.slice(2, 3)).map(([kind, unused]) => [on, kind, unused] as const),
    ),
  )('on %s, discriminator %s, unused heads %s', async (backend, kind, unused) => {
    const data = readJson<MultiTask>(file);
    const { steps, after_training_eval: after } = data.runs[
      `${kind}_${unused}`
    ] as MultiTask['runs'][string];
    const standard = { betas: [0.9, 0.999], eps: 1e-8, clip: 1, weight_decay: 0 } as const;
    const { betas, eps, clip, weight_decay: weightDecay } = data.hyper ?? standard;
    const learner = createLearner(await openBackend(backend), {
      config: readConfig(golden('tiny/config.json')).encoder,
      weights: readSafetensors(golden('multitask/initial.safetensors')),
      heads: data.tasks.map((task) => ({ task, classes: data.num_labels[task] as number })),
      pooling: 'cls',
      dropout: 0,
      optimiser: { beta1: betas[0], beta2: betas[1], eps, clip, weightDecay, unused },
    });
    const counts = data.tasks.map((task) => data.batches_per_task[task] as number);
    const discriminator = kind === 'ce' ? { kind } : { kind, posWeight: posWeights(counts) };
    const off = new Deviations();
    for (const [t, wanted] of steps.entries()) {
      const { labels, ...batch } = data.batches[t] as MultiTask['batches'][number];
      const step = await learner.step(unpadded(batch, wanted.task, labels), {
        lr: wanted.lr,
        dropoutSeed: t,
        discriminator,
      });
      off.check(`task_loss of step ${t}`, Math.abs(step.task - wanted.task_loss), 1e-5);
      off.check(`disc_loss of step ${t}`, Math.abs(step.discriminator - wanted.disc_loss), 1e-5);
      off.check(`grad_norm of step ${t}`, Math.abs(step.gradientNorm - wanted.grad_norm), 2e-4);
    }
    const unlabelled = after.disc_logits.map(() => 0);
    const logits = await learner.discriminate(
      unpadded(data.eval_batch, data.tasks[0] as string, unlabelled),
    );
    off.check('disc_logits', largestDifference(logits, after.disc_logits.flat()), 2e-5);
    const scores = logits.map((x) => 1 / (1 + Math.exp(-x)));
    off.check('scores_sigmoid', largestDifference(scores, after.scores_sigmoid.flat()), 5e-6);
    const weights = await learner.weights();
    const final = readSafetensors(golden('multitask/final.safetensors'));
    for (const [tensor, { data: values }] of weights) {
      if (tensor.endsWith('attention.self.key.bias')) continue;
      const expected = final.get(`${kind}_${unused}.${tensor}`)?.data as Float32Array;
      off.check(tensor, largestDifference(values, expected), 2e-5);
    }
    expect(off.found).toEqual([]);
  });
});
