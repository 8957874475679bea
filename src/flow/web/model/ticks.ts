/** A round place on an axis, and its label. */
export interface Tick {
  readonly at: number;
  readonly text: string;
}

/** The maximum number of intervals on the axis of time. */
const MAX_TIMES = 8;
const units: readonly (readonly [name: string, ms: number, steps: readonly number[]])[] = [
  ['ms', 1, [1, 2, 5, 10, 20, 50, 100, 200]],
  ['s', 1000, [0.5, 1, 2, 5, 10, 15, 30]],
  ['min', 60_000, [1, 2, 5, 10, 15, 30]],
  ['h', 3_600_000, [1, 2, 3, 6, 12]],
  ['d', 86_400_000, [1, 2, 5, 10, 20, 50, 100, 200, 500]],
];

/** Milliseconds from the start of a span: all in one unit, so that they can be compared at a glance. */
export function timeTicks(span: number): readonly Tick[] {
  for (const [name, ms, steps] of units) {
    const step = steps.find((count) => span / (count * ms) <= MAX_TIMES);
    if (step === undefined) continue;
    const count = Math.floor(span / (step * ms));
    return Array.from({ length: count + 1 }, (_, i) => {
      return { at: i * step * ms, text: `${i * step} ${name}` };
    });
  }
  return [{ at: 0, text: '0 d' }];
}

/** A share of a step that counts as nothing. */
const TINY = 1e-9;

/** Two to six numbers inside a range that is not empty: multiples of 1, 2 or 5 times a power of ten. */
export function valueTicks(low: number, high: number): readonly Tick[] {
  // Computed with halves, because 2e308 is not a number.
  const half = high / 2 - low / 2;
  const power = 10 ** Math.floor(Math.log10(half));
  const step = power * ([5, 2, 1].find((factor) => factor * power <= half) ?? 1);
  // 6 * 0.1 is more than 0.6.
  const first = Math.ceil(low / step - TINY);
  const last = high / step + TINY;
  const ticks: Tick[] = [];
  for (let i = first; i < first + 6 && i <= last; i++) {
    const at = Math.min(high, Math.max(low, i * step));
    const text = valueText(at, step);
    if (ticks.at(-1)?.text !== text) ticks.push({ at, text });
  }
  return ticks;
}

/** The value with enough decimals to distinguish it from its neighbours: `0.70`, `12000`, `1.5e-7`. */
function valueText(value: number, step: number): string {
  const places = Math.max(0, -Math.floor(Math.log10(step)));
  if (places <= 4 && Math.abs(value) < 1e5) return value.toFixed(places);
  if (value === 0) return '0';
  const digits = Math.floor(Math.log10(Math.abs(value))) - Math.floor(Math.log10(step));
  return value.toExponential(Math.min(4, Math.max(0, digits)));
}
