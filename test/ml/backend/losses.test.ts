import { expect, test } from 'vitest';
import { binaryCrossEntropy, crossEntropy, squaredError } from '../../../src/ml/backend/losses.ts';
import type { LossValue } from '../../../src/ml/backend/losses.ts';

const LOGITS = Float32Array.of(1, -2, 0.5, 30, -40, 0);

/** Central differences in float64 would need float64 logits; steps of 1e-2 suffice for these losses. */
function slope(loss: (x: Float32Array) => LossValue, i: number): number {
  const at = (step: number) => loss(LOGITS.map((x, j) => (j === i ? x + step : x))).loss;
  return (at(1 / 128) - at(-1 / 128)) * 64;
}

test.each([
  ['softmax cross-entropy', (x: Float32Array) => crossEntropy(x, 3, Int32Array.of(2, 0))],
  [
    'sigmoid cross-entropy',
    (x: Float32Array) => binaryCrossEntropy(x, 3, Int32Array.of(2, 1), Float32Array.of(1, 2, 5)),
  ],
  ['squared error', (x: Float32Array) => squaredError(x, Float32Array.of(0, 1, 2, 3, 4, 5))],
] as const)('the gradient of the %s is its slope', (_, loss) => {
  const { gradient } = loss(LOGITS);
  for (const [i, g] of gradient.entries()) expect(g).toBeCloseTo(slope(loss, i), 4);
});

test('known values', () => {
  const ln = Math.log;
  expect(crossEntropy(Float32Array.of(0, 0), 2, Int32Array.of(1)).loss).toBeCloseTo(ln(2), 12);
  const weights = Float32Array.of(3, 7);
  const binary = binaryCrossEntropy(Float32Array.of(0, 0), 2, Int32Array.of(0), weights);
  // One positive term of weight 3, one negative, over 1 row x 2 classes.
  expect(binary.loss).toBeCloseTo((3 * ln(2) + ln(2)) / 2, 12);
  expect(squaredError(Float32Array.of(1, 4), Float32Array.of(0, 2)).loss).toBe(2.5);
});

test('logits of any size give finite losses', () => {
  const huge = Float32Array.of(1e30, -1e30);
  expect(crossEntropy(huge, 2, Int32Array.of(0)).loss).toBe(0);
  expect(crossEntropy(huge, 2, Int32Array.of(1)).loss).toBeCloseTo(2e30, -24);
  expect(binaryCrossEntropy(huge, 2, Int32Array.of(1), Float32Array.of(1, 1)).loss).toBeLessThan(
    Infinity,
  );
});
