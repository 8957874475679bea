// C = A B and its transposed forms. Both matrices are copied into panels first (pack.ts): a panel of B
// then stays in the first cache and a block of A in the second. Every element's sum runs over k in
// order, whatever the shapes around it.
import { packA, packB, packTransposedA, packTransposedB, TILE_COLS, TILE_ROWS } from './pack';
import { bytes, mulAdd } from './vector';

/** Depth, columns of B and rows of A of a block. */
const DEPTH: i32 = 256;
const COLS: i32 = 512;
const ROWS: i32 = 64;

/** Bytes that the products need at `scratch`: a block of B, a block of A and a tile. */
export function scratchBytes(): usize {
  return bytes(DEPTH * COLS) + bytes(DEPTH * ROWS) + bytes(TILE_ROWS * TILE_COLS);
}

@inline
function put(c: usize, add: usize, low: v128, high: v128): void {
  if (add != 0) {
    low = f32x4.add(v128.load(add), low);
    high = f32x4.add(v128.load(add, 16), high);
  }
  v128.store(c, low);
  v128.store(c, high, 16);
}

/** The corner [m, n] of the tile at `from`. */
function putCorner(
  from: usize, c: usize, stride: usize, add: usize, addStep: usize, m: i32, n: i32,
): void {
  for (let r = 0; r < m; r++) {
    if (n == TILE_COLS) {
      put(c, add, v128.load(from), v128.load(from, 16));
    } else {
      for (let q = 0; q < n; q++) {
        const value = load<f32>(from + bytes(q));
        store<f32>(c + bytes(q), add != 0 ? load<f32>(add + bytes(q)) + value : value);
      }
    }
    from += bytes(TILE_COLS);
    c += stride;
    add += addStep;
  }
}

/**
 * n <= 8 columns of C below each other: all panels of A times one of B.
 *
 * @param add what is added to C's rows, `addStep` bytes apart; 0: nothing
 * @param edge room for a tile
 */
function column(
  a: usize, b: usize, depth: i32, c: usize, stride: usize, add: usize, addStep: usize,
  rows: i32, n: i32, edge: usize,
): void {
  for (let i = 0; i < rows; i += TILE_ROWS) {
    let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
    let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
    let from = b;
    const end = a + bytes(depth * TILE_ROWS);
    do {
      const b0 = v128.load(from), b1 = v128.load(from, 16);
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
      from += 32;
    } while (a != end);
    const whole = n == TILE_COLS && i + TILE_ROWS <= rows;
    // A corner goes through `edge`.
    let to = whole ? c : edge;
    const step = whole ? stride : bytes(TILE_COLS);
    let plus = whole ? add : 0;
    const plusStep = plus != 0 ? addStep : 0;
    put(to, plus, c00, c01);
    to += step;
    plus += plusStep;
    put(to, plus, c10, c11);
    to += step;
    plus += plusStep;
    put(to, plus, c20, c21);
    to += step;
    plus += plusStep;
    put(to, plus, c30, c31);
    if (!whole) putCorner(edge, c, stride, add, addStep, min(TILE_ROWS, rows - i), n);
    c += stride * TILE_ROWS;
    if (add != 0) add += addStep * TILE_ROWS;
  }
}

/**
 * C [m, n] = A B. All strides are floats from a row to the next.
 *
 * @param a [m, k], or [k, m] where `aTransposed`
 * @param b [k, n], or [n, k] where `bTransposed`
 * @param bias [n], added to every row; 0: none
 * @param accumulate adds to what C holds; then without bias
 * @param padded C's rows have room for n rounded up to 8 columns: zeros are put there
 */
export function gemm(
  a: usize, aStride: i32, aTransposed: bool, b: usize, bStride: i32, bTransposed: bool,
  c: usize, cStride: i32, m: i32, n: i32, k: i32,
  bias: usize, accumulate: bool, padded: bool, scratch: usize,
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
        } else {
          packA(a + bytes(i0 * aStride + k0), aStride, rows, depth, packedA);
        }
        for (let j = 0; j < cols; j += TILE_COLS) {
          const to = c + bytes(i0 * cStride + j0 + j);
          const add = adds ? to : bias != 0 ? bias + bytes(j0 + j) : 0;
          const width = padded ? TILE_COLS : min(TILE_COLS, cols - j);
          const panel = scratch + bytes(j * depth);
          column(packedA, panel, depth, to, stride, add, adds ? stride : 0, rows, width, edge);
        }
      }
    }
  }
}
