// Copies blocks of matrices into the order in which the product reads them.
import { bytes } from './vector';

/** Rows of A and columns of B that one tile of C takes. */
export const TILE_ROWS: i32 = 4;
export const TILE_COLS: i32 = 8;

/** r0..r3 hold four columns of one row each; stores the columns, `step` bytes apart. */
@inline
function storeTransposed(r0: v128, r1: v128, r2: v128, r3: v128, to: usize, step: usize): void {
  const a = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const b = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const c = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const d = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(a, c, 0, 1, 4, 5));
  v128.store(to + step, v128.shuffle<f32>(a, c, 2, 3, 6, 7));
  v128.store(to + step * 2, v128.shuffle<f32>(b, d, 0, 1, 4, 5));
  v128.store(to + step * 3, v128.shuffle<f32>(b, d, 2, 3, 6, 7));
}

/**
 * Panels of four rows of A^T, [panel][depth][4], from A whose rows are `stride` floats apart and
 * hold these `rows` side by side. Missing rows are 0.
 */
export function packTransposedA(a: usize, stride: i32, rows: i32, depth: i32, to: usize): void {
  for (let i = 0; i < rows; i += TILE_ROWS) {
    let from = a + bytes(i);
    const n = min(TILE_ROWS, rows - i);
    for (let k = 0; k < depth; k++) {
      if (n == TILE_ROWS) {
        v128.store(to, v128.load(from));
      } else {
        for (let r = 0; r < TILE_ROWS; r++) {
          store<f32>(to + bytes(r), r < n ? load<f32>(from + bytes(r)) : 0);
        }
      }
      from += bytes(stride);
      to += 16;
    }
  }
}

/** Panels of four rows of A, [panel][depth][4], from A whose rows are `stride` floats apart. */
export function packA(a: usize, stride: i32, rows: i32, depth: i32, to: usize): void {
  const row = bytes(stride);
  for (let i = 0; i < rows; i += TILE_ROWS) {
    const from = a + row * i;
    const n = min(TILE_ROWS, rows - i);
    let k = 0;
    if (n == TILE_ROWS) {
      for (; k + 4 <= depth; k += 4) {
        const at = from + bytes(k);
        storeTransposed(
          v128.load(at),
          v128.load(at + row),
          v128.load(at + row * 2),
          v128.load(at + row * 3),
          to + (<usize>k << 4),
          16,
        );
      }
    }
    for (; k < depth; k++) {
      for (let r = 0; r < TILE_ROWS; r++) {
        const value: f32 = r < n ? load<f32>(from + row * r + bytes(k)) : 0;
        store<f32>(to + (<usize>k << 4) + bytes(r), value);
      }
    }
    to += <usize>depth << 4;
  }
}

/** Panels of eight columns of B, [panel][depth][8]. Missing columns are 0. */
export function packB(b: usize, stride: i32, cols: i32, depth: i32, to: usize): void {
  for (let j = 0; j < cols; j += TILE_COLS) {
    let from = b + bytes(j);
    const n = min(TILE_COLS, cols - j);
    for (let k = 0; k < depth; k++) {
      if (n == TILE_COLS) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
      } else {
        for (let q = 0; q < TILE_COLS; q++) {
          store<f32>(to + bytes(q), q < n ? load<f32>(from + bytes(q)) : 0);
        }
      }
      from += bytes(stride);
      to += 32;
    }
  }
}

/** The same panels of B^T, from B whose rows are B^T's columns. */
export function packTransposedB(b: usize, stride: i32, cols: i32, depth: i32, to: usize): void {
  const row = bytes(stride);
  for (let j = 0; j < cols; j += TILE_COLS) {
    const n = min(TILE_COLS, cols - j);
    for (let half = 0; half < 8; half += 4) {
      const from = b + row * (j + half);
      const out = to + bytes(half);
      let k = 0;
      if (n >= half + 4) {
        for (; k + 4 <= depth; k += 4) {
          const at = from + bytes(k);
          storeTransposed(
            v128.load(at),
            v128.load(at + row),
            v128.load(at + row * 2),
            v128.load(at + row * 3),
            out + (<usize>k << 5),
            32,
          );
        }
      }
      for (; k < depth; k++) {
        for (let q = 0; q < 4; q++) {
          const value: f32 = half + q < n ? load<f32>(from + row * q + bytes(k)) : 0;
          store<f32>(out + (<usize>k << 5) + bytes(q), value);
        }
      }
    }
    to += <usize>depth << 5;
  }
}
