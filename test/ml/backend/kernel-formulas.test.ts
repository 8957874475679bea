// Kernels against their formulas in float64, at counts that fill no whole vectors.
import { expect, test } from 'vitest';
import { largestDifference } from '../../golden/padded.ts';
import { normals } from './batches.ts';
import { open } from './open-kernels.ts';

const COUNTS = [1, 2, 3, 4, 5, 6, 7, 13];

test.each(COUNTS)('operations by element reach the last of %i', async (n) => {
  const { kernels, hold, read } = await open();
  const [a, b] = [normals(1, n), normals(2, n)];
  const to = () => hold(new Float32Array(n).fill(9));
  const check = (address: number, of: (x: number, y: number) => number) => {
    const expected = Float32Array.from(a, (x, i) => of(x, b[i] as number));
    expect(largestDifference(read(address, n), expected)).toBeLessThan(1e-6);
  };
  const [sum, product, slope, kept] = [to(), to(), to(), to()];
  kernels.add(hold(a), hold(b), sum, n);
  check(sum, (x, y) => x + y);
  kernels.multiply(hold(a), hold(b), product, n);
  check(product, (x, y) => x * y);
  kernels.tanhBackward(hold(a), hold(b), slope, n);
  check(slope, (x, y) => x * (1 - y * y));
  kernels.dropout(hold(a), kept, n, 1, 0, 3);
  check(kept, (x) => 3 * x);
});

test.each(COUNTS)('AdamW and the norm reach the last of %i values', async (n) => {
  const { kernels, hold, read } = await open();
  const [g, m, p] = [normals(3, n, 1e-5), normals(4, n, 1e-5), normals(5, n)];
  // So small that it matters where eps is added.
  const v = normals(6, n, 1e-5).map((x) => x * x);
  const [b1, b2, eps, step, decay, scale] = [0.9, 0.99, 1e-5, 0.1, 0.03, 0.5];
  const held = { p: hold(p), g: hold(g), m: hold(m), v: hold(v) };
  // prettier-ignore
  kernels.adamw(held.p, held.g, held.m, held.v, n, b1, 1 - b1, b2, 1 - b2, eps, step, decay, scale);
  const first = g.map((x, i) => b1 * (m[i] as number) + (1 - b1) * scale * x);
  const second = Float64Array.from(
    g,
    (x, i) => b2 * (v[i] as number) + (1 - b2) * (scale * x) ** 2,
  );
  const moved = Float64Array.from(p, (x, i) => {
    const after = x - (step * (first[i] as number)) / (Math.sqrt(second[i] as number) + eps);
    return after - decay * after;
  });
  expect(largestDifference(read(held.m, n), first)).toBeLessThan(1e-11);
  expect(largestDifference(read(held.v, n), second)).toBeLessThan(1e-16);
  expect(largestDifference(read(held.p, n), moved)).toBeLessThan(1e-6);
  const squares = g.reduce((sum, x) => sum + x * x, 0);
  expect(kernels.sumSquares(held.g, n) / squares).toBeCloseTo(1, 12);
});

test('LayerNorm adds eps to the variance, forward and back', async () => {
  const { kernels, hold, read } = await open();
  const [rows, cols, eps] = [3, 12, 1e-5];
  // A variance of about eps.
  const [x, g] = [normals(1, rows * cols, 3e-3), normals(2, rows * cols)];
  const [weight, bias] = [normals(3, cols), normals(4, cols)];
  const held = { x: hold(x), weight: hold(weight), bias: hold(bias), g: hold(g) };
  const to = () => hold(new Float32Array(rows * cols));
  const [y, scales, by, byWeight, byBias] = [to(), to(), to(), to(), to()];
  kernels.normalise(held.x, held.weight, held.bias, eps, y, scales, rows, cols);
  // prettier-ignore
  kernels.normaliseBackward(held.g, held.x, scales, held.weight, by, byWeight, byBias, rows, cols);
  const mean = (values: readonly number[]) => values.reduce((sum, v) => sum + v, 0) / cols;
  const of = (values: Float32Array, r: number) => [...values.subarray(r * cols, (r + 1) * cols)];
  for (let r = 0; r < rows; r++) {
    const row = of(x, r);
    const scale = 1 / Math.sqrt(mean(row.map((v) => (v - mean(row)) ** 2)) + eps);
    const h = row.map((v) => (v - mean(row)) * scale);
    const expected = h.map((v, j) => v * (weight[j] as number) + (bias[j] as number));
    expect(largestDifference(of(read(y, rows * cols), r), expected)).toBeLessThan(2e-6);
    const scaled = of(g, r).map((v, j) => v * (weight[j] as number));
    const [m1, m2] = [mean(scaled), mean(scaled.map((v, j) => v * (h[j] as number)))];
    const back = scaled.map((v, j) => (v - m1 - (h[j] as number) * m2) * scale);
    expect(largestDifference(of(read(by, rows * cols), r), back) / scale).toBeLessThan(2e-6);
  }
});

test('a padded product fills up its rows with zeros', async () => {
  const { kernels, scratch, hold, read } = await open();
  const [m, n, k] = [6, 11, 5];
  const c = hold(new Float32Array(m * 16).fill(NaN));
  const b = hold(normals(2, n * k));
  hold(new Float32Array(64).fill(NaN)); // right behind b
  kernels.gemm(hold(normals(1, m * k)), k, false, b, k, true, c, 16, m, n, k, 0, false, true, scratch); // prettier-ignore
  const beside = read(c, m * 16).filter((_, i) => i % 16 >= n);
  expect(beside).toEqual(new Float32Array(m * (16 - n)));
});

test('second moments end at zero too', async () => {
  const { kernels, hold, read } = await open();
  const zeros = [0, 0, 0, 0];
  const v = hold([1e-36, 2e-38, 0, 1.2e-38]);
  // prettier-ignore
  kernels.adamw(hold(zeros), hold(zeros), hold(zeros), v, 4, 0.9, 0.1, 0.5, 0.5, 1e-8, 1e-3, 0, 1);
  expect([...read(v, 4)]).toEqual([Math.fround(5e-37), 0, 0, 0]);
});

test('probabilities are exact to float32 from the largest down to e^-80', async () => {
  const { kernels, memory, scratch, hold, read } = await open();
  const [length, size] = [81, 4];
  const qkv = new Float32Array(length * 3 * size);
  // Each query meets key j with a score of -j, after the division by 2.
  for (let i = 0; i < length; i++) {
    [qkv[i * 3 * size], qkv[i * 3 * size + size]] = [2, -i * 0.99];
  }
  const offsets = memory.keep(8);
  memory.integers(offsets, 2).set([0, length]);
  const width = Math.ceil(length / 8) * 8;
  const [probabilities, context] = [
    memory.keep(4 * length * width),
    memory.keep(4 * length * size),
  ];
  // prettier-ignore
  kernels.attention(
    hold(qkv), offsets, 1, 1, size, probabilities, true, context, 0, 0, 0, 1, length, scratch,
  );
  const powers = Array.from({ length }, (_, j) => Math.exp(Math.fround(-j * 0.99)));
  const sum = powers.reduce((all, x) => all + x, 0);
  const found = read(probabilities, width);
  const errors = powers.map((x, j) => Math.abs((found[j] as number) / (x / sum) - 1));
  expect(Math.max(...errors)).toBeLessThan(5e-7);
  expect([...found.subarray(length)]).toEqual(Array.from({ length: width - length }, () => 0));
});
