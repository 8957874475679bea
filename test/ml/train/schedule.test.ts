import { describe, expect, test } from 'vitest';
import { posWeights } from '../../../src/ml/train/pos-weight.ts';
import { linearSchedule, schedule } from '../../../src/ml/train/schedule.ts';
import type { Schedule } from '../../../src/ml/train/schedule.ts';

const rates = (total: number, warmup: number) =>
  Array.from({ length: total + 1 }, (_, step) => linearSchedule(1, total, warmup)(step));

const all = (kind: Schedule) => [0, 1, 2, 3, 4, 5, 6].map(schedule(kind, 2, 6, 1 / 3));

describe('the learning rate', () => {
  test('falls from its whole to 0 over all steps without a warm-up', () => {
    expect(rates(4, 0)).toEqual([1, 0.75, 0.5, 0.25, 0]);
  });

  test('rises from 0 over the first part, then falls over the rest', () => {
    expect(rates(6, 1 / 3)).toEqual([0, 0.5, 1, 0.75, 0.5, 0.25, 0]);
  });

  test('counts a part of a step as a step of the warm-up', () => {
    expect(rates(3, 0.1)).toEqual([0, 1, 0.5, 0]);
  });

  test('can stay after the warm-up, or fall as half a cosine wave', () => {
    expect(all('linear')).toEqual([0, 1, 2, 1.5, 1, 0.5, 0]);
    expect(all('constant')).toEqual([0, 1, 2, 2, 2, 2, 2]);
    const wave = [0, 1, 2, 1 + Math.SQRT1_2, 1, 1 - Math.SQRT1_2, 0];
    for (const [step, rate] of all('cosine').entries()) expect(rate).toBeCloseTo(wave[step] ?? NaN, 12); // prettier-ignore
  });

  test('stays at 0 after the end', () => {
    expect(linearSchedule(1, 4, 0)(9)).toBe(0);
  });
});

describe('the weight of positive rows', () => {
  test('is all other batches over the own ones', () => {
    expect([...posWeights([2, 3, 5])]).toEqual([4, Math.fround(7 / 3), 1]);
  });

  test('is 1 for a task without batches', () => {
    expect([...posWeights([0, 3])]).toEqual([1, 0]);
  });
});
