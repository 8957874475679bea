// Attention over ragged rows: every row of the batch and every head by itself, without padding.
// The probabilities of one row and head are [length, width] with width = length rounded up to 8, so
// that products over them have whole tiles; columns beyond the length are 0.
import { gemm } from './gemm';
import { bytes, exp, kept, largest, mulAdd, sum } from './vector';

@inline
function widthOf(length: i32): i32 {
  return (length + 7) & ~7;
}

/** In place: softmax of `scale` times each of `length` rows, over the first `length` columns. */
function softmaxRows(p: usize, length: i32, scale: f32): void {
  const width = widthOf(length);
  const factor = f32x4.splat(scale);
  for (let i = 0; i < length; i++) {
    for (let j = length; j < width; j++) store<f32>(p + bytes(j), -Infinity);
    let top = f32x4.splat(-Infinity);
    for (let j = 0; j < width; j += 4) top = f32x4.max(top, v128.load(p + bytes(j)));
    const shift = f32x4.splat(largest(top));
    let s = f32x4.splat(0);
    for (let j = 0; j < width; j += 4) {
      const at = p + bytes(j);
      const e = exp(f32x4.mul(f32x4.sub(v128.load(at), shift), factor));
      v128.store(at, e);
      s = f32x4.add(s, e);
    }
    const inverse = f32x4.splat(<f32>1 / sum(s));
    for (let j = 0; j < width; j += 4) {
      const at = p + bytes(j);
      v128.store(at, f32x4.mul(v128.load(at), inverse));
    }
    p += bytes(width);
  }
}

/** Dropout of [length, width] values whose first element has the number `first`. */
function dropRows(
  from: usize, to: usize, length: i32, first: i32, step: i32, key: i32, threshold: i32, keep: f32,
): void {
  const width = widthOf(length);
  const factor = f32x4.splat(keep);
  for (let i = 0; i < length; i++) {
    for (let j = 0; j < width; j += 4) {
      const v = f32x4.mul(v128.load(from + bytes(j)), factor);
      v128.store(to + bytes(j), v128.and(v, kept(key, first + j, threshold)));
    }
    first += step;
    from += bytes(width);
    to += bytes(width);
  }
}

/** Gradient by the scores: p * (g - sum(g * p)) * scale, in place of g. */
function softmaxBackward(g: usize, p: usize, length: i32, scale: f32): void {
  const width = widthOf(length);
  const factor = f32x4.splat(scale);
  for (let i = 0; i < length; i++) {
    let s = f32x4.splat(0);
    for (let j = 0; j < width; j += 4) {
      s = mulAdd(v128.load(g + bytes(j)), v128.load(p + bytes(j)), s);
    }
    const mean = f32x4.splat(sum(s));
    for (let j = 0; j < width; j += 4) {
      const d = f32x4.sub(v128.load(g + bytes(j)), mean);
      v128.store(g + bytes(j), f32x4.mul(f32x4.mul(d, v128.load(p + bytes(j))), factor));
    }
    g += bytes(width);
    p += bytes(width);
  }
}

/**
 * @param qkv [tokens, 3 * heads * size]
 * @param offsets i32 [rows + 1]
 * @param probabilities of all rows and heads back to back if `keepAll`, else room for one
 * @param context [tokens, heads * size]
 * @param room for one row and head's dropped probabilities
 * @param threshold 0: no dropout; `keep` is 1 / (1 - rate), `longest` the longest row
 */
export function attention(
  qkv: usize, offsets: usize, rows: i32, heads: i32, size: i32, probabilities: usize,
  keepAll: bool, context: usize, room: usize, key: i32, threshold: i32, keep: f32, longest: i32,
  scratch: usize,
): void {
  const hidden = heads * size;
  const stride = 3 * hidden;
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>size);
  let p = probabilities;
  for (let r = 0; r < rows; r++) {
    const begin = load<i32>(offsets + bytes(r));
    const length = load<i32>(offsets + bytes(r + 1)) - begin;
    const width = widthOf(length);
    for (let h = 0; h < heads; h++) {
      const q = qkv + bytes(begin * stride + h * size);
      const k = q + bytes(hidden);
      const v = k + bytes(hidden);
      const c = context + bytes(begin * hidden + h * size);
      gemm(q, stride, false, k, stride, true, p, width, length, length, size, 0, false, true, scratch);
      softmaxRows(p, length, scale);
      let used = p;
      if (threshold != 0) {
        const first = (begin * heads + h) * longest;
        dropRows(p, room, length, first, heads * longest, key, threshold, keep);
        used = room;
      }
      gemm(used, width, false, v, stride, false, c, hidden, length, size, length, 0, false, false, scratch);
      if (keepAll) p += bytes(length * width);
    }
  }
}

/**
 * @param gradient by the context, [tokens, heads * size]
 * @param to gradient by qkv
 * @param room for two rows and heads' probabilities, `half` bytes each
 */
export function attentionBackward(
  gradient: usize, qkv: usize, offsets: usize, rows: i32, heads: i32, size: i32,
  probabilities: usize, to: usize, room: usize, half: usize,
  key: i32, threshold: i32, keep: f32, longest: i32, scratch: usize,
): void {
  const hidden = heads * size;
  const stride = 3 * hidden;
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>size);
  let p = probabilities;
  const scores = room + half;
  for (let r = 0; r < rows; r++) {
    const begin = load<i32>(offsets + bytes(r));
    const length = load<i32>(offsets + bytes(r + 1)) - begin;
    const width = widthOf(length);
    for (let h = 0; h < heads; h++) {
      const at = bytes(begin * stride + h * size);
      const q = qkv + at;
      const k = q + bytes(hidden);
      const v = k + bytes(hidden);
      const dq = to + at;
      const dk = dq + bytes(hidden);
      const dv = dk + bytes(hidden);
      const dc = gradient + bytes(begin * hidden + h * size);
      const first = (begin * heads + h) * longest;
      let used = p;
      if (threshold != 0) {
        dropRows(p, room, length, first, heads * longest, key, threshold, keep);
        used = room;
      }
      gemm(used, width, true, dc, hidden, false, dv, stride, length, size, length, 0, false, false, scratch);
      gemm(dc, hidden, false, v, stride, true, scores, width, length, length, size, 0, false, true, scratch);
      if (threshold != 0) {
        dropRows(scores, scores, length, first, heads * longest, key, threshold, keep);
      }
      softmaxBackward(scores, p, length, scale);
      gemm(scores, width, false, k, stride, false, dq, stride, length, size, length, 0, false, false, scratch);
      gemm(scores, width, true, q, stride, false, dk, stride, length, size, length, 0, false, false, scratch);
      p += bytes(length * width);
    }
  }
}
