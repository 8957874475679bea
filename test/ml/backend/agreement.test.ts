// Every operation of every backend against the same of TensorFlow.js on cpu, forward and back.
import { beforeAll, describe, expect, test, vi } from 'vitest';
import type {
  Backend,
  Operation,
  Parameter,
  Tensor,
  Tokens,
} from '../../../src/ml/backend/backend.ts';
import { openBackend } from '../../../src/ml/backend/open.ts';
import type { BackendName } from '../../../src/ml/backend/open.ts';
import { BACKENDS } from '../../golden/backends.ts';
import { largestDifference } from '../../golden/padded.ts';
import { normals, raggedBatch, SMALL } from './batches.ts';

// A backend may be played by a program, and a machine may be busy.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const batch = raggedBatch(5);
batch.ids[2] = 0;
const tokens = batch.ids.length;
const width = SMALL.hiddenSize;
const dropout = { rate: 0.25, key: 0xc0ffee };

interface Setting {
  readonly backend: Backend;
  readonly parameter: (name: string) => Parameter;
  readonly tokens: Tokens;
}

/** Shapes of the operands, names of the parameters, and the operation. */
type Case = readonly [
  operands: readonly (readonly [number, number])[],
  parameters: readonly string[],
  make: (operands: readonly Tensor[], setting: Setting) => Operation,
];

const SHAPES: Readonly<Record<string, readonly [number, number]>> = {
  w: [10, width],
  b: [1, 10],
  scale: [1, width],
  shift: [1, width],
  word: [SMALL.vocabSize, width],
  position: [SMALL.positions, width],
  segment: [2, width],
};
const one = (operands: readonly Tensor[]) => operands[0] as Tensor;
const dense = ({ parameter }: Setting) => ({ weight: parameter('w'), bias: parameter('b') });
const norm = ({ parameter }: Setting) => ({ weight: parameter('scale'), bias: parameter('shift') });

const CASES: Readonly<Record<string, Case>> = {
  dense: [[[tokens, width]], ['w', 'b'], (x, s) => s.backend.dense(one(x), dense(s))],
  denseGelu: [[[tokens, width]], ['w', 'b'], (x, s) => s.backend.denseGelu(one(x), dense(s))],
  denseTanh: [[[tokens, width]], ['w', 'b'], (x, s) => s.backend.denseTanh(one(x), dense(s))],
  addNorm: [
    [
      [tokens, width],
      [tokens, width],
    ],
    ['scale', 'shift'],
    (x, s) => s.backend.addNorm(one(x), x[1] as Tensor, norm(s), 1e-5),
  ],
  embed: [
    [],
    ['word', 'position', 'segment', 'scale', 'shift'],
    (_, s) => {
      const [word, position, segment] = ['word', 'position', 'segment'].map(s.parameter) as [Parameter, Parameter, Parameter]; // prettier-ignore
      return s.backend.embed(s.tokens, { word, position, segment, norm: norm(s) }, 1e-12);
    },
  ],
  attention: [[[tokens, 3 * width]], [], (x, s) => s.backend.attention(one(x), s.tokens, 2)],
  'attention of four heads, with dropout': [
    [[tokens, 3 * width]],
    [],
    (x, s) => s.backend.attention(one(x), s.tokens, 4, dropout),
  ],
  dropout: [[[tokens, width]], [], (x, s) => s.backend.dropout(one(x), dropout)],
  firstTokens: [[[tokens, width]], [], (x, s) => s.backend.firstTokens(one(x), s.tokens)],
  meanTokens: [[[tokens, width]], [], (x, s) => s.backend.meanTokens(one(x), s.tokens)],
};

/** The same again, by the id of the padding token: parameters have names of their own. */
const AGAIN = new Map([0, 1].map((id) => [id, `embed of pads that are ${id}`]));
const all: Readonly<Record<string, Case>> = {
  ...CASES,
  ...Object.fromEntries([...AGAIN.values()].map((name) => [name, CASES['embed'] as Case])),
};

const backends = new Map<string, Backend>();
beforeAll(async () => {
  for (const name of BACKENDS) backends.set(name, await openBackend(name));
});

/** The operation's value, and its gradients by operands and parameters for some outer gradient. */
async function compute(
  on: BackendName,
  name: string,
  padding?: number,
): Promise<readonly Float32Array[]> {
  const backend = backends.get(on) as Backend;
  const [operands, names, make] = all[name] as Case;
  const hold = (label: string, seed: number, [rows, cols]: readonly [number, number]) =>
    backend.parameter(`${name}: ${label}`, rows, cols, normals(seed, rows * cols));
  const own = new Map(
    names.map((label) => [label, hold(label, label.length, SHAPES[label] as [number, number])]),
  );
  // Values come into a run through parameters alone: a tensor is an embedding times a matrix.
  const tables = {
    word: hold('table a', 11, [SMALL.vocabSize, width]),
    position: hold('table b', 12, [SMALL.positions, width]),
    segment: hold('table c', 13, [2, width]),
    norm: { weight: hold('table d', 14, [1, width]), bias: hold('table e', 15, [1, width]) },
  };
  const maps = [...operands, [0, outputs(name)] as const].map(([, cols], i) => ({
    weight: hold(`weight ${i}`, i, [cols, width]),
    bias: hold(`bias ${i}`, i, [1, cols]),
  }));
  return backend.run(true, () => {
    const held = backend.tokens(batch, padding);
    const base = backend.embed(held, tables, 1e-12).value;
    const inputs = maps.map((map) => backend.dense(base, map).value);
    const outer = inputs.pop() as Tensor;
    const parameter = (label: string) => own.get(label) as Parameter;
    const { value, backward } = make(inputs, { backend, tokens: held, parameter });
    const gradient = value.rows === tokens ? outer : backend.firstTokens(outer, held).value;
    const back = backward(gradient);
    return [value, ...back, ...[...own.values()].map((one) => backend.gradient(one))];
  });
}

/** Columns of the operation's value. */
function outputs(name: string): number {
  return name.startsWith('dense') ? 10 : width;
}

/** Computed once for each operation: the slowest. */
const oracle = new Map<string, Promise<readonly Float32Array[]>>();

describe.each(BACKENDS.filter((name) => name !== 'cpu'))('on %s', (on) => {
  test.each(Object.keys(CASES))('%s agrees in value and gradients', async (name) => {
    const expected = oracle.get(name) ?? compute('cpu', name);
    oracle.set(name, expected);
    const found = await compute(on, name);
    expect(found.length).toBe((await expected).length);
    for (const [i, values] of found.entries()) {
      const other = (await expected)[i] as Float32Array;
      const size = Math.max(1, ...other.map(Math.abs));
      expect(largestDifference(values, other) / size).toBeLessThan(1e-5);
      expect(Math.max(...other.map(Math.abs))).toBeGreaterThan(1e-3);
    }
  });
});

test.each(BACKENDS)('the gradient of the padding token alone is zero on %s', async (on) => {
  expect(batch.ids).toContain(0);
  expect(batch.ids).toContain(1);
  for (const [padding, name] of AGAIN) {
    const [, word] = await compute(on, name, padding);
    const rows = [0, 1].map((id) => (word as Float32Array).subarray(id * width, (id + 1) * width));
    expect(rows.map((row) => row.every((x) => x === 0))).toEqual([padding === 0, padding === 1]);
  }
});

test.each(BACKENDS)(
  'a batch of one segment, one word and one place goes back on %s',
  async (on) => {
    const backend = await openBackend(on);
    const hold = (name: string, rows: number) =>
      backend.parameter(name, rows, width, normals(rows, rows * width));
    const tables = {
      word: hold('word', SMALL.vocabSize),
      position: hold('position', SMALL.positions),
      segment: hold('segment', 2),
      norm: { weight: hold('weight', 1), bias: hold('bias', 1) },
    };
    const single = { ids: Int32Array.of(7), offsets: Uint32Array.of(0, 1), firstLength: Uint16Array.of(1) }; // prettier-ignore
    const [, ofSegment, ofWord] = await backend.run(true, () => {
      const { value, backward } = backend.embed(backend.tokens(single), tables, 1e-12);
      backward(value);
      return [value, backend.gradient(tables.segment), backend.gradient(tables.word)];
    });
    expect(Math.max(...(ofSegment as Float32Array).subarray(0, width).map(Math.abs))).toBeGreaterThan(1e-3); // prettier-ignore
    expect(ofSegment?.subarray(width)).toEqual(new Float32Array(width));
    expect(ofWord?.subarray(7 * width, 8 * width)).toEqual(ofSegment?.subarray(0, width));
  },
);
