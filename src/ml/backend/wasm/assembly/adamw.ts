// AdamW in place, as in transformers 4.2, and the norm of the gradients.
import { bytes, mulAdd } from './vector';

/** The smallest normal float32. */
const NORMAL: f32 = 1.17549435e-38;

/** Zero instead of a denormal: moments of words long unseen would slow every step. */
@inline
function flush(v: v128): v128 {
  return v128.and(v, f32x4.ge(f32x4.abs(v), f32x4.splat(NORMAL)));
}

/**
 * n values, whole vectors. g counts times `scale`; m and v as usual; p -= stepSize * m /
 * (sqrt(v) + eps), then p -= decay * p. rest1 and rest2 are 1 - beta.
 */
export function adamw(
  p: usize, g: usize, m: usize, v: usize, n: i32, beta1: f32, rest1: f32, beta2: f32, rest2: f32,
  eps: f32, stepSize: f32, decay: f32, scale: f32,
): void {
  const b1 = f32x4.splat(beta1), r1 = f32x4.splat(rest1);
  const b2 = f32x4.splat(beta2), r2 = f32x4.splat(rest2);
  const e = f32x4.splat(eps), step = f32x4.splat(stepSize);
  const d = f32x4.splat(decay), s = f32x4.splat(scale);
  for (let at: usize = 0; at < bytes(n); at += 16) {
    const x = f32x4.mul(v128.load(g + at), s);
    const first = flush(mulAdd(r1, x, f32x4.mul(b1, v128.load(m + at))));
    const second = flush(mulAdd(f32x4.mul(r2, x), x, f32x4.mul(b2, v128.load(v + at))));
    v128.store(m + at, first);
    v128.store(v + at, second);
    const move = f32x4.mul(step, f32x4.div(first, f32x4.add(f32x4.sqrt(second), e)));
    let value = f32x4.sub(v128.load(p + at), move);
    if (decay != 0) value = f32x4.sub(value, f32x4.mul(d, value));
    v128.store(p + at, value);
  }
}

/** The same for some rows alone: `indices` i32 [count] of rows of `cols` values, whole vectors. */
export function adamwRows(
  indices: usize, count: i32, cols: i32,
  p: usize, g: usize, m: usize, v: usize, beta1: f32, rest1: f32, beta2: f32, rest2: f32,
  eps: f32, stepSize: f32, scale: f32,
): void {
  for (let i = 0; i < count; i++) {
    const at = bytes(load<i32>(indices + bytes(i)) * cols);
    adamw(
      p + at, g + at, m + at, v + at, cols, beta1, rest1, beta2, rest2, eps, stepSize, 0, scale,
    );
  }
}

/** The sum of squares of n values, whole vectors; each square and the sum in float64. */
export function sumSquares(x: usize, n: i32): f64 {
  let low = f64x2.splat(0);
  let high = low;
  for (let at: usize = 0; at < bytes(n); at += 16) {
    const v = v128.load(x + at);
    const a = f64x2.promote_low_f32x4(v);
    const b = f64x2.promote_low_f32x4(v128.shuffle<i64>(v, v, 1, 0));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const s = f64x2.add(low, high);
  return f64x2.extract_lane(s, 0) + f64x2.extract_lane(s, 1);
}

/** The same of some rows, each summed by itself. */
export function sumSquaresRows(x: usize, indices: usize, count: i32, cols: i32): f64 {
  let s: f64 = 0;
  for (let i = 0; i < count; i++) {
    s += sumSquares(x + bytes(load<i32>(indices + bytes(i)) * cols), cols);
  }
  return s;
}
