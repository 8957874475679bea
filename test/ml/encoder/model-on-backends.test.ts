import { describe, expect, test, vi } from 'vitest';
import { openBackend } from '../../../src/ml/backend/open.ts';
import type { TaskName } from '../../../src/ml/tasks/task.ts';
import type { Pooling } from '../../../src/ml/encoder/forward.ts';
import { initialWeights } from '../../../src/ml/encoder/init.ts';
import { createLearner } from '../../../src/ml/train/encoder-learner.ts';
import type { LearnerSettings } from '../../../src/ml/train/encoder-learner.ts';
import type { LearnerState } from '../../../src/ml/train/learner.ts';
import { asFitsOn, BACKENDS } from '../../golden/backends.ts';
import { OpenEncoder } from '../../golden/encoder.ts';
import { Deviations } from '../../golden/padded.ts';
import { raggedBatch, SMALL } from '../backend/batches.ts';
import { configOn, heads, openOn, PLAIN, settings, steps } from './learners.ts';

// A backend may be played by a program, and a machine may be busy.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** As a file would keep it: tensors are float32, numbers go through JSON. */
function stored({ tensors, counters }: LearnerState): LearnerState {
  const copy = [...tensors].map(([name, { shape, data }]) => [name, { shape: [...shape], data: data.slice() }] as const); // prettier-ignore
  return { tensors: new Map(copy), counters: JSON.parse(JSON.stringify(counters)) as LearnerState['counters'] }; // prettier-ignore
}

const row = (ids: readonly number[]) => ({
  ...raggedBatch(1, { rows: 1 }),
  ids: Int32Array.from(ids),
  offsets: Uint32Array.of(0, ids.length),
  firstLength: Uint16Array.of(ids.length),
});

describe.each(BACKENDS)('on %s', (backend) => {
  const open = (changes: Partial<LearnerSettings> = {}) => openOn(backend, changes);

  test('the gradients are the slopes of the loss', async () => {
    const config = configOn(backend);
    const weights = initialWeights(config, { heads, discriminator: 0 }, 1);
    const batch = raggedBatch(3);
    const loss = async (name: string, i: number, step: number) => {
      const data = (weights.get(name) as { data: Float32Array }).data.slice();
      data[i] = (data[i] as number) + step;
      const shape = weights.get(name)?.shape as readonly number[];
      const moved = new Map([...weights, [name, { shape, data }]]);
      const encoder = new OpenEncoder(await openBackend(backend), config, heads, moved);
      return (await encoder.gradients(batch, 'rte')).loss;
    };
    const encoder = new OpenEncoder(await openBackend(backend), config, heads, weights);
    const { gradients } = await encoder.gradients(batch, 'rte');
    const off = new Deviations();
    // Its slope is exactly zero: softmax does not see a shift.
    const names = [...gradients].filter(([name]) => !/key\.bias|mnli|stsb/.test(name));
    for (const [name, { data }] of names.filter((_, n) => n % asFitsOn(backend, 1, 7) === 0)) {
      const i = data.reduce(
        (best, g, at) => (Math.abs(g) > Math.abs(data[best] as number) ? at : best),
        0,
      );
      const step = 1e-2;
      const slope = ((await loss(name, i, step)) - (await loss(name, i, -step))) / (2 * step);
      const wanted = data[i] as number;
      off.check(name, Math.abs(slope - wanted), 2e-4 + 0.02 * Math.abs(wanted));
    }
    expect(off.found).toEqual([]);
  });

  test.each(asFitsOn<readonly Pooling[]>(backend, ['cls', 'mean'], ['mean']))(
    'one batch is learned by heart, pooling %s',
    async (pooling) => {
      const learner = await open({ dropout: 0, pooling, optimiser: PLAIN });
      const batch = raggedBatch(9, { rows: 8 });
      let loss = Infinity;
      for (let t = 0; t < 12; t++) {
        ({ task: loss } = await learner.step(batch, { lr: 1e-2, dropoutSeed: t }));
      }
      expect(loss).toBeLessThan(0.02);
      const logits = await learner.logits(batch);
      const guesses = Array.from(batch.labels, (_, r) => Number((logits[2 * r] as number) < (logits[2 * r + 1] as number))); // prettier-ignore
      expect(guesses).toEqual([...batch.labels]);
    },
  );

  test('the same steps give the same bits', async () => {
    const first = await open();
    const second = await open();
    const count = asFitsOn(backend, 8, 3);
    expect(await steps(first, 0, count)).toEqual(await steps(second, 0, count));
    expect(await first.weights()).toEqual(await second.weights());
  });

  test('what else ran on the backend does not change the bits', async () => {
    const plain = await open();
    const busy = await open();
    const half = asFitsOn(backend, 2, 1);
    await steps(plain, 0, 2 * half);
    await steps(busy, 0, half);
    await busy.logits(raggedBatch(77, { rows: 40 }));
    await busy.state();
    await steps(busy, half, 2 * half);
    expect(await busy.weights()).toEqual(await plain.weights());
  });

  test('dropout drops in training alone, by its seed', async () => {
    const batch = raggedBatch(2);
    const loss = async (dropout: number, dropoutSeed: number) =>
      (await (await open({ dropout })).step(batch, { lr: 0, dropoutSeed })).task;
    expect(await loss(0.1, 1)).toBe(await loss(0.1, 1));
    expect(await loss(0.1, 1)).not.toBe(await loss(0.1, 2));
    expect(await loss(0.1, 1)).not.toBe(await loss(0, 1));
    const [dropping, whole] = [await open({ dropout: 0.5 }), await open({ dropout: 0 })];
    expect(await dropping.logits(batch)).toEqual(await whole.logits(batch));
  });

  test.each(
    asFitsOn(
      backend,
      [
        [0, 0],
        [1, 0],
        [5, 0],
        [5, 0.01],
      ],
      [[1, 0.01]],
    ) as readonly (readonly [number, number])[],
  )('a state after %i steps, decay %d, continues to the same bits', async (cut, weightDecay) => {
    const changes = { optimiser: { ...PLAIN, weightDecay } };
    const whole = await open(changes);
    await steps(whole, 0, cut);
    const state = stored(await whole.state());
    const end = asFitsOn(backend, 9, 3);
    const losses = await steps(whole, cut, end);

    const fresh = await open(changes);
    fresh.restore(state);
    expect(await steps(fresh, cut, end)).toEqual(losses);
    expect(await fresh.state()).toEqual(await whole.state());

    const used = await open(changes);
    await steps(used, 20, asFitsOn(backend, 24, 21));
    used.restore(state);
    expect(await steps(used, cut, end)).toEqual(losses);
    expect(await used.weights()).toEqual(await whole.weights());
  });

  test('a word unseen moves on by momentum, and one never seen rests', async () => {
    const learner = await open({ dropout: 0, optimiser: PLAIN });
    const word = async (id: number) => {
      const table = (await learner.weights()).get('bert.embeddings.word_embeddings.weight');
      return table?.data.slice(id * SMALL.hiddenSize, (id + 1) * SMALL.hiddenSize);
    };
    const before = [await word(5), await word(7)];
    await learner.step(row([1, 5, 2]), { lr: 1e-3, dropoutSeed: 0 });
    const after = await word(5);
    expect(after).not.toEqual(before[0]);
    await learner.step(row([1, 6, 2]), { lr: 1e-3, dropoutSeed: 1 });
    expect(await word(5)).not.toEqual(after);
    expect(await word(7)).toEqual(before[1]);
  });

  test('a new model guesses: its loss is about ln(classes)', async () => {
    const weights = initialWeights(
      { ...configOn(backend), initializerRange: 0.02 },
      { heads, discriminator: 3 },
      1,
    );
    const learner = await open({ dropout: 0, weights });
    for (const { task, classes } of heads.filter((head) => head.classes > 1)) {
      const batch = raggedBatch(6, { rows: 40, task: task as TaskName, classes });
      const step = { lr: 0, dropoutSeed: 0, discriminator: { kind: 'ce' } as const };
      const { task: loss, discriminator } = await learner.step(batch, step);
      expect(Math.abs(loss - Math.log(classes))).toBeLessThan(0.05);
      expect(Math.abs(discriminator - Math.log(3))).toBeLessThan(0.05);
    }
  });

  test('steps, predictions and states leave nothing behind', async () => {
    const opened = await openBackend(backend);
    const learner = createLearner(opened, settings(configOn(backend)));
    await steps(learner, 0, 3);
    await learner.logits(raggedBatch(1));
    const held = opened.held;
    expect(held).toBeGreaterThan(0);
    await steps(learner, 3, asFitsOn(backend, 12, 6));
    await learner.logits(raggedBatch(1));
    await learner.logits(raggedBatch(2));
    learner.restore(await learner.state());
    expect(opened.held).toBe(held);
  });
});
