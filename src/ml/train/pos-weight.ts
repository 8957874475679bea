/**
 * Weights of the positive rows in the discriminator's binary cross-entropy:
 * (all - n_k) / n_k, with n counted in BATCHES of an epoch, as the original does; the smaller last
 * batch of a task makes this differ from a count of rows. A task without batches has no positive
 * row that a weight could apply to: 1.
 */
export function posWeights(batches: readonly number[]): Float32Array {
  const all = batches.reduce((sum, n) => sum + n, 0);
  return Float32Array.from(batches, (n) => (n === 0 ? 1 : (all - n) / n));
}
