import { describe, expect, test } from 'vitest';
import type { TaskBatch } from '../../../src/ml/train/gather.ts';
import { decisions, forwardRows } from '../../../src/ml/train/predict.ts';
import { toyRows } from './toy-learner.ts';

const data = toyRows(23);

/** Two values a row that tell it from others: its length, and its ids as one number. */
async function fingerprint({ ids, offsets }: TaskBatch): Promise<Float32Array> {
  const values: number[] = [];
  for (let row = 0; row + 1 < offsets.length; row++) {
    const own = ids.subarray(offsets[row], offsets[row + 1]);
    values.push(
      own.length,
      own.reduce((sum, id, i) => sum + id * (i + 1), 0),
    );
  }
  return Float32Array.from(values);
}

const alone = (row: number) => forwardRows({ task: 'rte', data, rows: Uint32Array.of(row) }, 1, fingerprint); // prettier-ignore

describe('forward passes', () => {
  test('give their results in the order of the rows, whatever the batch', async () => {
    const rows = Uint32Array.of(20, 3, 3, 7, 0, 22, 11);
    const expected = await Promise.all([...rows].map(alone));
    const flat = expected.flatMap(({ values }) => Array.from(values));
    for (const batch of [1, 3, 7, 50]) {
      const { values, width } = await forwardRows({ task: 'rte', data, rows }, batch, fingerprint);
      expect({ values: [...values], width }).toEqual({ values: flat, width: 2 });
    }
  });

  test('run over rows of similar length, all of them, with progress', async () => {
    const lengths: number[] = [];
    const done: number[] = [];
    await forwardRows(
      { task: 'rte', data },
      5,
      (batch) => {
        lengths.push(...batch.firstLength);
        return fingerprint(batch);
      },
      (rows) => done.push(rows),
    );
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
    expect(done).toEqual([5, 10, 15, 20, 23]);
  });

  test('of no rows give nothing', async () => {
    const none = { task: 'rte', data, rows: new Uint32Array() } as const;
    const result = await forwardRows(none, 4, async () => expect.unreachable('there is no batch'));
    expect(result).toEqual({ values: new Float32Array(), width: 0 });
  });
});

describe('a decision', () => {
  test('is the class of the largest logit, the first of equals', () => {
    expect([...decisions(Float32Array.of(0, 2, 1, 5, 5, 0), 3)]).toEqual([1, 0]);
  });

  test('is the value itself for a regression', () => {
    expect([...decisions(Float32Array.of(0.5, -3), 1)]).toEqual([0.5, -3]);
  });
});
