// Four float32 lanes: what the kernels share.

/** Bytes of n float32. */
@inline
export function bytes(n: i32): usize {
  return <usize>n << 2;
}

@inline
export function sum(v: v128): f32 {
  return (
    (f32x4.extract_lane(v, 0) + f32x4.extract_lane(v, 2)) +
    (f32x4.extract_lane(v, 1) + f32x4.extract_lane(v, 3))
  );
}

@inline
export function largest(v: v128): f32 {
  return max<f32>(
    max<f32>(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max<f32>(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

/**
 * a * b + c, rounded twice: fused multiply-add makes the bytes depend on the host. The relaxed kernels
 * round once where the host does.
 */
@inline
export function mulAdd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/**
 * e^x for x <= 88, relative error about 1e-7: x = n ln 2 + r and a polynomial of degree 6 in r (as
 * in the Cephes library). Exactly 0 below -80, so that no denormal reaches a product: wasm cannot
 * flush them to zero, and each costs a hundred cycles.
 */
@inline
export function exp(x: v128): v128 {
  const live = f32x4.gt(x, f32x4.splat(-80));
  x = f32x4.max(x, f32x4.splat(-80));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(1.44269504)));
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
  r = mulAdd(n, f32x4.splat(2.1219444e-4), r);
  let p = f32x4.splat(1.98756915e-4);
  p = mulAdd(p, r, f32x4.splat(1.3981999507e-3));
  p = mulAdd(p, r, f32x4.splat(8.3334519073e-3));
  p = mulAdd(p, r, f32x4.splat(4.1665795894e-2));
  p = mulAdd(p, r, f32x4.splat(1.6666665459e-1));
  p = mulAdd(p, r, f32x4.splat(0.5));
  p = f32x4.add(mulAdd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return v128.and(live, f32x4.mul(p, power));
}

/**
 * erf(x) to about 2e-7: a rational function of x clamped to [-4, 4], beyond which float32 knows
 * only 1 (the coefficients that Eigen and TensorFlow use).
 */
@inline
export function erf(x: v128): v128 {
  x = f32x4.max(f32x4.min(x, f32x4.splat(4)), f32x4.splat(-4));
  const s = f32x4.mul(x, x);
  let p = f32x4.splat(-2.72614225801306e-10);
  p = mulAdd(p, s, f32x4.splat(2.77068142495902e-8));
  p = mulAdd(p, s, f32x4.splat(-2.10102402082508e-6));
  p = mulAdd(p, s, f32x4.splat(-5.69250639462346e-5));
  p = mulAdd(p, s, f32x4.splat(-7.34990630326855e-4));
  p = mulAdd(p, s, f32x4.splat(-2.95459980854025e-3));
  p = mulAdd(p, s, f32x4.splat(-1.60960333262415e-2));
  let q = f32x4.splat(-1.45660718464996e-5);
  q = mulAdd(q, s, f32x4.splat(-2.13374055278905e-4));
  q = mulAdd(q, s, f32x4.splat(-1.68282697438203e-3));
  q = mulAdd(q, s, f32x4.splat(-7.37332916720468e-3));
  q = mulAdd(q, s, f32x4.splat(-1.42647390514189e-2));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** Four consecutive elements' dropout masks from `first`: all ones where kept (see dropout.ts). */
@inline
export function kept(key: i32, first: i32, threshold: i32): v128 {
  const i = i32x4.add(i32x4.splat(first), v128(0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0));
  let h = i32x4.add(i32x4.splat(key), i32x4.mul(i, i32x4.splat(0x9e3779b1)));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 16)), i32x4.splat(0x85ebca6b));
  h = i32x4.mul(v128.xor(h, i32x4.shr_u(h, 13)), i32x4.splat(0xc2b2ae35));
  h = v128.xor(h, i32x4.shr_u(h, 16));
  return i32x4.ge_u(h, i32x4.splat(threshold));
}
