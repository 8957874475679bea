import { describe, expect, test } from 'vitest';
import { trainingSeed } from '../../../src/ml/train/seeds.ts';

describe('the seed of a training', () => {
  test('follows the run, stays, or moves along', () => {
    expect(trainingSeed('td_seed', null, 7)).toBe(7);
    expect(trainingSeed('to_seed', 84, 7)).toBe(84);
    expect(trainingSeed('td_seed', { base: 200, per_seed: 1 }, 7)).toBe(207);
  });

  test.each([
    ['84'],
    [1.5],
    [true],
    [undefined],
    [[1]],
    [{ base: 1 }],
    [{ base: 1, per_seed: 2, x: 3 }],
  ])('is refused as %j', (rule) => {
    expect(() => trainingSeed('ft_seed', rule, 0)).toThrow(
      /param 'ft_seed' is .*: write null \(the run's seed\), an integer, or \{ base: 200/,
    );
  });
});
