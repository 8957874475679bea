/**
 * Learning rate before each step: a linear rise over the first `warmup` part of all steps, then a
 * linear fall that would reach 0 at step `total` (transformers' get_linear_schedule_with_warmup,
 * which the original uses; its first step of a warm-up has the rate 0).
 *
 * @param total batches of all epochs
 * @param warmup fraction, 0 to 1; a part of a step counts as one
 */
export function linearSchedule(
  lr: number,
  total: number,
  warmup: number,
): (step: number) => number {
  const rising = Math.ceil(total * warmup);
  return (step) =>
    step < rising
      ? (lr * step) / rising
      : (lr * Math.max(0, total - step)) / Math.max(1, total - rising);
}

/** `constant`: without the fall. `cosine`: the fall follows half a cosine wave. */
export const SCHEDULES = ['linear', 'constant', 'cosine'] as const;

export type Schedule = (typeof SCHEDULES)[number];

/** The learning rate before each step, as {@link linearSchedule} but for the fall. */
export function schedule(
  kind: Schedule,
  lr: number,
  total: number,
  warmup: number,
): (step: number) => number {
  const linear = linearSchedule(lr, total, warmup);
  const rising = Math.ceil(total * warmup);
  return (step) => {
    if (kind === 'linear' || step < rising) return linear(step);
    if (kind === 'constant') return lr;
    return (lr * (1 - Math.cos((Math.PI * linear(step)) / lr))) / 2;
  };
}
