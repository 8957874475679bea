// C = A B and its transposed forms, blocked so that a panel of B stays in the first cache and a block
// of A in the second. Every element's sum runs over k in order, whatever the shapes around it.
import { packB, packTransposedA, packTransposedB, TILE_COLS, TILE_ROWS } from './pack';
import { bytes, mulAdd } from './vector';

/** Depth, columns of B and rows of A of a block. */
const DEPTH: i32 = 256;
const COLS: i32 = 512;
const ROWS: i32 = 64;

/** Bytes that the products need at `scratch`: a block of B, a block of A and an edge. */
export function scratchBytes(): usize {
  return bytes(DEPTH * COLS) + bytes(DEPTH * ROWS) + 64;
}

/** Eight elements of C, or n of them, plus what `add` points at (0: nothing). */
@inline
function putRow(c: usize, add: usize, x0: v128, x1: v128, n: i32, edge: usize): void {
  if (n == TILE_COLS) {
    if (add != 0) {
      x0 = f32x4.add(v128.load(add), x0);
      x1 = f32x4.add(v128.load(add, 16), x1);
    }
    v128.store(c, x0);
    v128.store(c, x1, 16);
  } else {
    v128.store(edge, x0);
    v128.store(edge, x1, 16);
    for (let q = 0; q < n; q++) {
      const value = load<f32>(edge + bytes(q));
      store<f32>(c + bytes(q), add != 0 ? load<f32>(add + bytes(q)) + value : value);
    }
  }
}

/** Rows m of a tile; `add` moves on by `addStep` bytes a row. */
@inline
function putTile(
  c: usize, stride: usize, add: usize, addStep: usize, m: i32, n: i32, edge: usize,
  c00: v128, c01: v128, c10: v128, c11: v128, c20: v128, c21: v128, c30: v128, c31: v128,
): void {
  putRow(c, add, c00, c01, n, edge);
  if (m > 1) putRow(c + stride, add + addStep, c10, c11, n, edge);
  if (m > 2) putRow(c + stride * 2, add + addStep * 2, c20, c21, n, edge);
  if (m > 3) putRow(c + stride * 3, add + addStep * 3, c30, c31, n, edge);
}

/** One tile with A's rows where they lie, `row` bytes apart. */
function tile(
  a: usize, row: usize, b: usize, depth: i32, c: usize, stride: usize,
  add: usize, addStep: usize, m: i32, n: i32, edge: usize,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  // Missing rows repeat the last one; their sums are not stored.
  let a0 = a;
  let a1 = m > 1 ? a0 + row : a0;
  let a2 = m > 2 ? a1 + row : a1;
  let a3 = m > 3 ? a2 + row : a2;
  let k = depth;
  for (; k >= 2; k -= 2) {
    let b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a0);
    c00 = mulAdd(x, b0, c00);
    c01 = mulAdd(x, b1, c01);
    x = v128.load32_splat(a1);
    c10 = mulAdd(x, b0, c10);
    c11 = mulAdd(x, b1, c11);
    x = v128.load32_splat(a2);
    c20 = mulAdd(x, b0, c20);
    c21 = mulAdd(x, b1, c21);
    x = v128.load32_splat(a3);
    c30 = mulAdd(x, b0, c30);
    c31 = mulAdd(x, b1, c31);
    b0 = v128.load(b, 32);
    b1 = v128.load(b, 48);
    x = v128.load32_splat(a0, 4);
    c00 = mulAdd(x, b0, c00);
    c01 = mulAdd(x, b1, c01);
    x = v128.load32_splat(a1, 4);
    c10 = mulAdd(x, b0, c10);
    c11 = mulAdd(x, b1, c11);
    x = v128.load32_splat(a2, 4);
    c20 = mulAdd(x, b0, c20);
    c21 = mulAdd(x, b1, c21);
    x = v128.load32_splat(a3, 4);
    c30 = mulAdd(x, b0, c30);
    c31 = mulAdd(x, b1, c31);
    a0 += 8;
    a1 += 8;
    a2 += 8;
    a3 += 8;
    b += 64;
  }
  if (k > 0) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a0);
    c00 = mulAdd(x, b0, c00);
    c01 = mulAdd(x, b1, c01);
    x = v128.load32_splat(a1);
    c10 = mulAdd(x, b0, c10);
    c11 = mulAdd(x, b1, c11);
    x = v128.load32_splat(a2);
    c20 = mulAdd(x, b0, c20);
    c21 = mulAdd(x, b1, c21);
    x = v128.load32_splat(a3);
    c30 = mulAdd(x, b0, c30);
    c31 = mulAdd(x, b1, c31);
  }
  putTile(c, stride, add, addStep, m, n, edge, c00, c01, c10, c11, c20, c21, c30, c31);
}

/** One tile with A in panels of four. */
function tilePacked(
  a: usize, b: usize, depth: i32, c: usize, stride: usize,
  add: usize, addStep: usize, m: i32, n: i32, edge: usize,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
  let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  for (let k = 0; k < depth; k++) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = mulAdd(x, b0, c00);
    c01 = mulAdd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = mulAdd(x, b0, c10);
    c11 = mulAdd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = mulAdd(x, b0, c20);
    c21 = mulAdd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = mulAdd(x, b0, c30);
    c31 = mulAdd(x, b1, c31);
    a += 16;
    b += 32;
  }
  putTile(c, stride, add, addStep, m, n, edge, c00, c01, c10, c11, c20, c21, c30, c31);
}

/**
 * C [m, n] = A B. All strides are floats from a row to the next.
 *
 * @param a [m, k], or [k, m] where `aTransposed`
 * @param b [k, n], or [n, k] where `bTransposed`
 * @param bias [n], added to every row; 0: none
 * @param accumulate adds to what C holds; then without bias
 */
export function gemm(
  a: usize, aStride: i32, aTransposed: bool, b: usize, bStride: i32, bTransposed: bool,
  c: usize, cStride: i32, m: i32, n: i32, k: i32, bias: usize, accumulate: bool, scratch: usize,
): void {
  const packedA = scratch + bytes(DEPTH * COLS);
  const edge = packedA + bytes(DEPTH * ROWS);
  const stride = bytes(cStride);
  for (let j0 = 0; j0 < n; j0 += COLS) {
    const cols = min(COLS, n - j0);
    for (let k0 = 0; k0 < k; k0 += DEPTH) {
      const depth = min(DEPTH, k - k0);
      if (bTransposed) {
        packTransposedB(b + bytes(j0 * bStride + k0), bStride, cols, depth, scratch);
      } else {
        packB(b + bytes(k0 * bStride + j0), bStride, cols, depth, scratch);
      }
      const adds = accumulate || k0 > 0;
      for (let i0 = 0; i0 < m; i0 += ROWS) {
        const rows = min(ROWS, m - i0);
        if (aTransposed) {
          packTransposedA(a + bytes(k0 * aStride + i0), aStride, rows, depth, packedA);
        }
        for (let j = 0; j < cols; j += TILE_COLS) {
          const panel = scratch + bytes(j * depth);
          const width = min(TILE_COLS, cols - j);
          for (let i = 0; i < rows; i += TILE_ROWS) {
            const height = min(TILE_ROWS, rows - i);
            const to = c + bytes((i0 + i) * cStride + j0 + j);
            const add = adds ? to : bias != 0 ? bias + bytes(j0 + j) : 0;
            const addStep = adds ? stride : 0;
            if (aTransposed) {
              const from = packedA + bytes(i * depth);
              tilePacked(from, panel, depth, to, stride, add, addStep, height, width, edge);
            } else {
              const from = a + bytes((i0 + i) * aStride + k0);
              const row = bytes(aStride);
              tile(from, row, panel, depth, to, stride, add, addStep, height, width, edge);
            }
          }
        }
      }
    }
  }
}
