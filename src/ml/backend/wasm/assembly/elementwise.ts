// Operations element by element. Buffers are whole vectors long, so that n need not be a multiple of
// four; only sums over columns have to stop at the last one.
import { bytes, erf, exp, kept, mulAdd } from './vector';

const SQRT_HALF: f32 = 0.70710678;
/** 1 / sqrt(2 pi) */
const DENSITY: f32 = 0.39894228;

export function add(a: usize, b: usize, to: usize, n: i32): void {
  for (let at: usize = 0; at < bytes(n); at += 16) {
    v128.store(to + at, f32x4.add(v128.load(a + at), v128.load(b + at)));
  }
}

export function multiply(a: usize, b: usize, to: usize, n: i32): void {
  for (let at: usize = 0; at < bytes(n); at += 16) {
    v128.store(to + at, f32x4.mul(v128.load(a + at), v128.load(b + at)));
  }
}

/** GELU by erf of x; `slope` (0: not wanted) gets its derivative. */
export function gelu(x: usize, to: usize, slope: usize, n: i32): void {
  const half = f32x4.splat(0.5);
  for (let at: usize = 0; at < bytes(n); at += 16) {
    const v = v128.load(x + at);
    const below = mulAdd(half, erf(f32x4.mul(v, f32x4.splat(SQRT_HALF))), half);
    v128.store(to + at, f32x4.mul(v, below));
    if (slope != 0) {
      const e = exp(f32x4.mul(f32x4.mul(v, v), f32x4.splat(-0.5)));
      v128.store(slope + at, mulAdd(f32x4.mul(v, f32x4.splat(DENSITY)), e, below));
    }
  }
}

/** to = gradient * (1 - y^2) */
export function tanhBackward(gradient: usize, y: usize, to: usize, n: i32): void {
  const one = f32x4.splat(1);
  for (let at: usize = 0; at < bytes(n); at += 16) {
    const v = v128.load(y + at);
    const slope = f32x4.sub(one, f32x4.mul(v, v));
    v128.store(to + at, f32x4.mul(v128.load(gradient + at), slope));
  }
}

/** Zero where dropped, times `scale` elsewhere. It is its own way back. */
export function dropout(x: usize, to: usize, n: i32, key: i32, threshold: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  for (let i = 0; i < n; i += 4) {
    const v = f32x4.mul(v128.load(x + bytes(i)), factor);
    v128.store(to + bytes(i), v128.and(v, kept(key, i, threshold)));
  }
}

/**
 * sums [cols] += the sum of x's rows, each column's in the order of the rows. A cache line of columns
 * at a time, so that each line of x is read once.
 */
export function addColumnSums(x: usize, sums: usize, rows: i32, cols: i32): void {
  const step = bytes(cols);
  let j = 0;
  for (; j + 16 <= cols; j += 16) {
    let from = x + bytes(j);
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let i = 0; i < rows; i++) {
      s0 = f32x4.add(s0, v128.load(from));
      s1 = f32x4.add(s1, v128.load(from, 16));
      s2 = f32x4.add(s2, v128.load(from, 32));
      s3 = f32x4.add(s3, v128.load(from, 48));
      from += step;
    }
    const to = sums + bytes(j);
    v128.store(to, f32x4.add(v128.load(to), s0));
    v128.store(to, f32x4.add(v128.load(to, 16), s1), 16);
    v128.store(to, f32x4.add(v128.load(to, 32), s2), 32);
    v128.store(to, f32x4.add(v128.load(to, 48), s3), 48);
  }
  for (; j < cols; j++) {
    let from = x + bytes(j);
    let s: f32 = 0;
    for (let i = 0; i < rows; i++) {
      s += load<f32>(from);
      from += step;
    }
    store<f32>(sums + bytes(j), load<f32>(sums + bytes(j)) + s);
  }
}

/** Row r of `to` [rows, cols] = mean of x's rows offsets[r] up to offsets[r + 1]. */
export function meanRows(x: usize, offsets: usize, rows: i32, cols: i32, to: usize): void {
  for (let r = 0; r < rows; r++) {
    const begin = load<i32>(offsets + bytes(r));
    const end = load<i32>(offsets + bytes(r + 1));
    const scale = f32x4.splat(<f32>1 / <f32>(end - begin));
    for (let j = 0; j < cols; j += 4) {
      let s = f32x4.splat(0);
      for (let i = begin; i < end; i++) s = f32x4.add(s, v128.load(x + bytes(i * cols + j)));
      v128.store(to + bytes(r * cols + j), f32x4.mul(s, scale));
    }
  }
}

export function meanRowsBackward(
  gradient: usize,
  offsets: usize,
  rows: i32,
  cols: i32,
  to: usize,
): void {
  for (let r = 0; r < rows; r++) {
    const begin = load<i32>(offsets + bytes(r));
    const end = load<i32>(offsets + bytes(r + 1));
    const scale = f32x4.splat(<f32>1 / <f32>(end - begin));
    for (let j = 0; j < cols; j += 4) {
      const g = f32x4.mul(v128.load(gradient + bytes(r * cols + j)), scale);
      for (let i = begin; i < end; i++) v128.store(to + bytes(i * cols + j), g);
    }
  }
}
