// LayerNorm, behind the sum of two matrices or behind the three embeddings. cols is a multiple of 4.
import { bytes, mulAdd, sum } from './vector';

/**
 * LayerNorm of every row of `x`, in place, into y.
 *
 * `x` is left as (x - mean) / sqrt(var + eps), and `scales` [rows] gets 1 / sqrt(var + eps): what
 * the way back needs.
 */
export function normalise(
  x: usize,
  weight: usize,
  bias: usize,
  eps: f32,
  y: usize,
  scales: usize,
  rows: i32,
  cols: i32,
): void {
  const end = bytes(cols);
  for (let i = 0; i < rows; i++) {
    let s = f32x4.splat(0);
    for (let at: usize = 0; at < end; at += 16) s = f32x4.add(s, v128.load(x + at));
    const mean = f32x4.splat(sum(s) / <f32>cols);
    let squares = f32x4.splat(0);
    for (let at: usize = 0; at < end; at += 16) {
      const d = f32x4.sub(v128.load(x + at), mean);
      v128.store(x + at, d);
      squares = mulAdd(d, d, squares);
    }
    const scale: f32 = <f32>1 / sqrt<f32>(sum(squares) / <f32>cols + eps);
    store<f32>(scales + bytes(i), scale);
    const factor = f32x4.splat(scale);
    for (let at: usize = 0; at < end; at += 16) {
      const h = f32x4.mul(v128.load(x + at), factor);
      v128.store(x + at, h);
      v128.store(y + at, mulAdd(h, v128.load(weight + at), v128.load(bias + at)));
    }
    x += end;
    y += end;
  }
}

/** The way back: `to` gets the gradient by the input; the parameters' gradients are added to. */
export function normaliseBackward(
  gradient: usize,
  normalised: usize,
  scales: usize,
  weight: usize,
  to: usize,
  weightGradient: usize,
  biasGradient: usize,
  rows: i32,
  cols: i32,
): void {
  const end = bytes(cols);
  for (let i = 0; i < rows; i++) {
    let s1 = f32x4.splat(0);
    let s2 = s1;
    for (let at: usize = 0; at < end; at += 16) {
      const g = v128.load(gradient + at);
      const h = v128.load(normalised + at);
      const scaled = f32x4.mul(g, v128.load(weight + at));
      s1 = f32x4.add(s1, scaled);
      s2 = mulAdd(scaled, h, s2);
      v128.store(weightGradient + at, mulAdd(g, h, v128.load(weightGradient + at)));
      v128.store(biasGradient + at, f32x4.add(g, v128.load(biasGradient + at)));
    }
    const m1 = f32x4.splat(sum(s1) / <f32>cols);
    const m2 = f32x4.splat(sum(s2) / <f32>cols);
    const factor = f32x4.splat(load<f32>(scales + bytes(i)));
    for (let at: usize = 0; at < end; at += 16) {
      const scaled = f32x4.mul(v128.load(gradient + at), v128.load(weight + at));
      const h = v128.load(normalised + at);
      const d = f32x4.sub(f32x4.sub(scaled, m1), f32x4.mul(h, m2));
      v128.store(to + at, f32x4.mul(factor, d));
    }
    gradient += end;
    normalised += end;
    to += end;
  }
}

/** to [tokens, cols] = word[ids] + position[places] + segment[segments]; indices are i32. */
export function gather(
  ids: usize,
  places: usize,
  segments: usize,
  word: usize,
  position: usize,
  segment: usize,
  to: usize,
  tokens: i32,
  cols: i32,
): void {
  const end = bytes(cols);
  for (let t = 0; t < tokens; t++) {
    const w = word + bytes(load<i32>(ids + bytes(t)) * cols);
    const p = position + bytes(load<i32>(places + bytes(t)) * cols);
    const s = segment + bytes(load<i32>(segments + bytes(t)) * cols);
    for (let at: usize = 0; at < end; at += 16) {
      const two = f32x4.add(v128.load(w + at), v128.load(s + at));
      v128.store(to + at, f32x4.add(two, v128.load(p + at)));
    }
    to += end;
  }
}

/** table[indices[t]] += rows[t] for all tokens in order; index `skip` is left out (-1: none). */
export function scatterAdd(
  rows: usize,
  indices: usize,
  table: usize,
  skip: i32,
  tokens: i32,
  cols: i32,
): void {
  const end = bytes(cols);
  for (let t = 0; t < tokens; t++) {
    const index = load<i32>(indices + bytes(t));
    if (index != skip) {
      const to = table + bytes(index * cols);
      for (let at: usize = 0; at < end; at += 16) {
        v128.store(to + at, f32x4.add(v128.load(to + at), v128.load(rows + at)));
      }
    }
    rows += end;
  }
}
