import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hash } from '../../../src/ml/backend/dropout.ts';
import { kernelsDigest } from '../../../src/ml/backend/wasm/kernels.ts';
import { Stream } from '../../../src/ml/random.ts';
import { normals } from './batches.ts';
import { density, normalBelow } from './gaussian.ts';
import { open } from './open-kernels.ts';

test('a product is the sum over k in every form and shape, also across blocks', async () => {
  const { memory, kernels, scratch } = await open();
  const room = memory.keep(4 * 3 * 600 * 600);
  const shape = fc.record({
    m: fc.integer({ min: 1, max: 75 }),
    n: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 505, max: 530 })),
    k: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 250, max: 265 })),
    at: fc.boolean(),
    bt: fc.boolean(),
    extra: fc.constantFrom('bias', 'accumulate', 'nothing'),
  });
  fc.assert(
    fc.property(shape, ({ m, n, k, at, bt, extra }) => {
      const a = normals(1, m * k);
      const b = normals(2, k * n);
      const bias = normals(3, n);
      const before = normals(4, m * n);
      const place = (values: Float32Array, i: number) => {
        memory.floats(room + 4 * 600 * 600 * i, values.length).set(values);
        return room + 4 * 600 * 600 * i;
      };
      const biasAt = room + 4 * (3 * 600 * 600 - 600);
      memory.floats(biasAt, n).set(bias);
      const c = place(before, 2);
      // prettier-ignore
      kernels.gemm(
        place(a, 0), at ? m : k, at, place(b, 1), bt ? k : n, bt, c, n, m, n, k,
        extra === 'bias' ? biasAt : 0, extra === 'accumulate', false, scratch,
      );
      const found = memory.floats(c, m * n);
      let largest = 0;
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let sum = extra === 'bias' ? (bias[j] as number) : 0;
          if (extra === 'accumulate') sum = before[i * n + j] as number;
          for (let q = 0; q < k; q++) {
            const x = a[at ? q * m + i : i * k + q] as number;
            sum += x * (b[bt ? j * k + q : q * n + j] as number);
          }
          largest = Math.max(largest, Math.abs((found[i * n + j] as number) - sum));
        }
      }
      expect(largest).toBeLessThan(2e-4);
    }),
    { numRuns: 25, seed: 1 },
  );
});

test('bias and what is added to belong to their columns and rows, also in further blocks', async () => {
  const { kernels, scratch, hold, read } = await open();
  const [m, n] = [70, 1030];
  const bias = Float32Array.from({ length: n }, (_, j) => j);
  const before = Float32Array.from({ length: m * n }, (_, i) => i);
  // A product of zeros leaves them as they are.
  const [a, b] = [hold(new Float32Array(m)), hold(new Float32Array(n))];
  const [c, sums] = [hold(new Float32Array(m * n)), hold(before)];
  kernels.gemm(a, 1, false, b, n, false, c, n, m, n, 1, hold(bias), false, false, scratch);
  expect(read(c, m * n)).toEqual(before.map((_, i) => i % n));
  kernels.gemm(a, 1, false, b, n, false, sums, n, m, n, 1, 0, true, false, scratch);
  expect(read(sums, m * n)).toEqual(before);
});

test('a product writes nothing beside its matrix', async () => {
  const { kernels, scratch, hold, read } = await open();
  const c = hold(new Float32Array(5 * 16).fill(7));
  // prettier-ignore
  kernels.gemm(
    hold(normals(1, 5 * 3)), 3, false, hold(normals(2, 3 * 11)), 11, false, c, 16, 5, 11, 3,
    0, false, false, scratch,
  );
  const found = read(c, 5 * 16);
  expect([...found].filter((_, i) => i % 16 >= 11)).toEqual(Array.from({ length: 25 }, () => 7));
});

test('sums of columns add to what is there, of any number of columns', async () => {
  const { memory, kernels } = await open();
  const room = memory.keep(4 * 60 * 80);
  const sums = memory.keep(4 * 80);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 70 }), (rows, cols) => {
      const [x, before] = [normals(5, rows * cols), normals(6, 80)];
      memory.floats(room, x.length).set(x);
      memory.floats(sums, 80).set(before);
      kernels.addColumnSums(room, sums, rows, cols);
      const found = memory.floats(sums, 80).slice();
      // In the kernel's order and width, so that the bits are the same.
      const column = (j: number) => x.filter((_, i) => i % cols === j).reduce((sum, v) => Math.fround(sum + v), 0); // prettier-ignore
      const wanted = before.map((start, j) => (j < cols ? Math.fround(start + column(j)) : start));
      expect(found).toEqual(wanted);
    }),
    { numRuns: 60, seed: 1 },
  );
});

test('GELU is the one by erf to float32, and its slope too, also far out', async () => {
  const { kernels, hold, read } = await open();
  const x = Float32Array.from({ length: 4001 }, (_, i) => (i - 2000) / 200);
  const [at, to, slope] = [hold(x), hold(x), hold(x)];
  kernels.gelu(at, to, slope, x.length);
  const [values, slopes] = [read(to, x.length), read(slope, x.length)];
  const errors = x.map((v, i) => {
    const error = Math.abs((values[i] as number) - v * normalBelow(v));
    return error / Math.max(1, Math.abs(v));
  });
  expect(Math.max(...errors)).toBeLessThan(4e-7);
  const off = x.map((v, i) => Math.abs((slopes[i] as number) - normalBelow(v) - v * density(v)));
  expect(Math.max(...off)).toBeLessThan(6e-7);
});

test('dropout drops the elements whose hash says so', async () => {
  const { kernels, hold, read } = await open();
  const n = 1000;
  const at = hold(new Float32Array(n).fill(1));
  const threshold = 0.3 * 2 ** 32;
  kernels.dropout(at, at, n, 0xdeadbeef, threshold, 2);
  const expected = Array.from({ length: n }, (_, i) => (hash(0xdeadbeef, i) < threshold ? 0 : 2));
  expect([...read(at, n)]).toEqual(expected);
  expect(expected.filter((x) => x === 0).length).toBeGreaterThan(250);
  kernels.dropout(hold([1, 1, 1, 1]), at, 4, 7, hash(7, 2), 1);
  expect(read(at, 4)[2]).toBe(1); // not below itself
});

test('updating the rows that ever had a gradient is updating all rows, to the bit', async () => {
  const { kernels, memory, hold, read } = await open();
  const [rows, cols] = [50, 8];
  const blocks = () => {
    const p = hold(normals(1, rows * cols));
    const [g, m, v] = [0, 1, 2].map(() => hold(new Float32Array(rows * cols)));
    return { p, g: g as number, m: m as number, v: v as number };
  };
  const dense = blocks();
  const sparse = blocks();
  const ever = new Set<number>();
  const stream = Stream.named(3, 'rows');
  const list = memory.keep(4 * rows);
  for (let step = 1; step <= 40; step++) {
    const now = [...new Set(Array.from({ length: 4 }, () => stream.below(rows)))].sort(
      (a, b) => a - b,
    );
    const gradient = new Float32Array(rows * cols);
    for (const row of now) {
      gradient.set(normals(step * 100 + row, cols, 1e-3), row * cols);
      ever.add(row);
    }
    for (const { g } of [dense, sparse]) memory.floats(g, rows * cols).set(gradient);
    memory.integers(list, now.length).set(now);
    expect(kernels.sumSquaresRows(sparse.g, list, now.length, cols)).toBeCloseTo(
      kernels.sumSquares(dense.g, rows * cols),
      14,
    );
    const settings = [0.9, 1 - 0.9, 0.999, 1 - 0.999, 1e-8, 1e-2] as const;
    kernels.adamw(dense.p, dense.g, dense.m, dense.v, rows * cols, ...settings, 0, 0.7);
    memory.integers(list, ever.size).set([...ever]);
    const { p, g, m, v } = sparse;
    kernels.adamwRows(list, ever.size, cols, p, g, m, v, ...settings, 0.7);
  }
  expect(ever.size).toBeGreaterThan(30);
  for (const block of ['p', 'm', 'v'] as const) {
    expect(read(sparse[block], rows * cols)).toEqual(read(dense[block], rows * cols));
  }
});

test('moments end at zero, not at numbers too small to be quick', async () => {
  const { kernels, hold, read } = await open();
  const [p, g] = [hold([1, 1, 1, 1]), hold([0, 0, 0, 0])];
  const [m, v] = [hold([1, 1e-30, 1e-37, 0]), hold([1, 1, 1, 1])];
  for (let i = 0; i < 900; i++) {
    kernels.adamw(p, g, m, v, 4, 0.9, 0.1, 0.999, 0.001, 1e-8, 1e-3, 0, 1);
  }
  const left = [...read(m, 4)];
  expect(left).toEqual([0, 0, 0, 0]);
});

test('a score far below the largest has a probability of exactly zero', async () => {
  const { kernels, memory, scratch, hold, read } = await open();
  const [length, size] = [5, 4];
  // Query i meets key i with a score of 100 (after the division by 2), all others with 0.
  const qkv = new Float32Array(length * 3 * size);
  const values = normals(5, length * size);
  for (let i = 0; i < length; i++) {
    const at = i * 3 * size;
    if (i < size) [qkv[at + i], qkv[at + size + i]] = [200, 1];
    qkv.set(values.subarray(i * size, (i + 1) * size), at + 2 * size);
  }
  const offsets = memory.keep(8);
  memory.integers(offsets, 2).set([0, length]);
  const [probabilities, context] = [memory.keep(4 * length * 8), memory.keep(4 * length * size)];
  // prettier-ignore
  kernels.attention(
    hold(qkv), offsets, 1, 1, size, probabilities, true, context, 0, 0, 0, 1, length, scratch,
  );
  const rows = read(probabilities, size * 8);
  const expected = Array.from({ length: size * 8 }, (_, i) => Number(i % 8 === Math.floor(i / 8)));
  expect([...rows]).toEqual(expected);
  expect(read(context, size * size)).toEqual(values.slice(0, size * size));
});

test('the module carries a digest of its code', async () => {
  expect(await kernelsDigest()).toMatch(/^[0-9a-f]{64}$/);
});
