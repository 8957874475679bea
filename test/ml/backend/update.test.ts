// Updates on every backend against AdamW and clipping in float64, from the gradients that it has itself.
import { describe, expect, test, vi } from 'vitest';
import type { Backend, Parameter, Update } from '../../../src/ml/backend/backend.ts';
import { openBackend } from '../../../src/ml/backend/open.ts';
import { BACKENDS } from '../../golden/backends.ts';
import { Deviations, largestDifference } from '../../golden/padded.ts';
import { normals } from './batches.ts';

vi.setConfig({ testTimeout: 600_000 });

const WIDTH = 8;
const SHAPES = {
  word: [12, WIDTH],
  position: [4, WIDTH],
  segment: [2, WIDTH],
  scale: [1, WIDTH],
  shift: [1, WIDTH],
  'a.weight': [1, WIDTH],
  'a.bias': [1, 1],
  'b.weight': [1, WIDTH],
  'b.bias': [1, 1],
} as const;
type Name = keyof typeof SHAPES;
const NAMES = Object.keys(SHAPES) as Name[];

const ADAM = { beta1: 0.9, beta2: 0.99, eps: 1e-9 };
const STEP_SIZE = 0.01;

interface Step {
  readonly words: readonly number[];
  readonly head: 'a' | 'b';
  /** Factor of the gradients. */
  readonly share: number;
  readonly clip: number;
}

/** A parameter as the formulas make it. */
interface Expected {
  readonly value: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

const initial = (name: Name, i: number) => normals(i, SHAPES[name][0] * SHAPES[name][1]);

class Model {
  readonly #backend: Backend;
  readonly #decay: number;
  readonly #parameters: ReadonlyMap<Name, Parameter>;
  readonly expected: Map<Name, Expected>;

  constructor(backend: Backend, decay: number) {
    this.#backend = backend;
    this.#decay = decay;
    this.#parameters = new Map(
      NAMES.map((name, i) => {
        const [rows, cols] = SHAPES[name];
        return [name, backend.parameter(name, rows, cols, initial(name, i))];
      }),
    );
    this.expected = new Map(
      NAMES.map((name, i) => {
        const value = Float64Array.from(initial(name, i));
        const [first, second] = [new Float64Array(value.length), new Float64Array(value.length)];
        return [name, { value, first, second }];
      }),
    );
  }

  /** @param moving the parameters that are updated, also those without a gradient */
  async step({ words, head, share, clip }: Step, moving: readonly Name[]): Promise<void> {
    const backend = this.#backend;
    const tables = { word: this.#of('word'), position: this.#of('position'), segment: this.#of('segment'), norm: { weight: this.#of('scale'), bias: this.#of('shift') } }; // prettier-ignore
    const dense = { weight: this.#of(`${head}.weight`), bias: this.#of(`${head}.bias`) };
    const used = NAMES.filter((name) => !/^[ab]\./.test(name) || name.startsWith(head));
    const batch = {
      ids: Int32Array.from(words),
      offsets: Uint32Array.from([0, ...words.map((_, i) => i + 1)]),
      firstLength: new Uint16Array(words.length).fill(1),
    };
    const values = await backend.run(true, () => {
      const embedded = backend.embed(backend.tokens(batch), tables, 1e-12);
      const answered = backend.dense(embedded.value, dense);
      const loss = backend.squaredError(answered.value, normals(9, words.length, 2));
      const [by] = answered.backward(loss.backward(share));
      embedded.backward(by as typeof embedded.value);
      const gradients = used.map((name) => backend.gradient(this.#of(name)));
      const norm = backend.update(moving.map((name) => this.#update(name)), { ...ADAM, clip }); // prettier-ignore
      return [...gradients, norm];
    });
    const norm = Math.hypot(...values.slice(0, -1).flatMap((gradient) => [...gradient]));
    expect((values.at(-1)?.[0] as number) / norm).toBeCloseTo(1, 5);
    const scale = Math.min(1, clip / (norm + 1e-6));
    for (const name of moving) {
      const gradient = values[used.indexOf(name)] ?? new Float32Array(SHAPES[name][0] * SHAPES[name][1]); // prettier-ignore
      this.#expect(name, gradient.map((g) => g * scale)); // prettier-ignore
    }
  }

  restore(name: Name, first: Float32Array, second: Float32Array): void {
    this.#of(name).restoreMoments({ first, second });
    const { value } = this.expected.get(name) as Expected;
    this.expected.set(name, { value, first: Float64Array.from(first), second: Float64Array.from(second) }); // prettier-ignore
  }

  /** What is not as the formulas have it, beyond float32's rounding. */
  async deviations(step: number): Promise<readonly string[]> {
    const off = new Deviations();
    for (const [name, { value, first, second }] of this.expected) {
      const found = await this.#of(name).value();
      off.check(`${name} after step ${step}`, largestDifference(found, value), 2e-6);
      const moments = await this.#of(name).moments();
      for (const [kind, of, wanted] of [
        ['first', moments?.first, first],
        ['second', moments?.second, second],
      ] as const) {
        // prettier-ignore
        const size = Math.max(1e-30, ...wanted.map(Math.abs));
        const what = `${kind} moment of ${name} after step ${step}`;
        off.check(what, largestDifference(of ?? new Float32Array(wanted.length), wanted) / size, 1e-5); // prettier-ignore
      }
    }
    return off.found;
  }

  #of(name: Name): Parameter {
    return this.#parameters.get(name) as Parameter;
  }

  #decayOf(name: Name): number {
    return name === 'word' || name.endsWith('weight') ? this.#decay : 0;
  }

  #update(name: Name): Update {
    return { parameter: this.#of(name), stepSize: STEP_SIZE, decay: this.#decayOf(name) };
  }

  #expect(name: Name, gradient: Float32Array): void {
    const { value, first, second } = this.expected.get(name) as Expected;
    for (const [i, g] of gradient.entries()) {
      const m = ADAM.beta1 * (first[i] as number) + (1 - ADAM.beta1) * g;
      const v = ADAM.beta2 * (second[i] as number) + (1 - ADAM.beta2) * g * g;
      const after = (value[i] as number) - (STEP_SIZE * m) / (Math.sqrt(v) + ADAM.eps);
      [first[i], second[i], value[i]] = [m, v, after - this.#decayOf(name) * after];
    }
  }
}

const USED_FIRST = NAMES.filter((name) => !name.startsWith('b'));

describe.each(BACKENDS)('on %s', (on) => {
  test.each([0, 0.03])('clipping and AdamW are their formulas, with decay %d', async (decay) => {
    const model = new Model(await openBackend(on), decay);
    // Gradients of about 1e-6: what is added to the norm counts.
    await model.step({ words: [3, 5, 6, 5], head: 'a', share: 1e-6, clip: 5e-7 }, USED_FIRST);
    expect(await model.deviations(1)).toEqual([]);
    // Far below the limit. Head a and the words 3 and 6 are without a gradient, and move by momentum.
    await model.step({ words: [7, 5], head: 'b', share: 1, clip: 1e6 }, NAMES);
    expect(await model.deviations(2)).toEqual([]);
    await model.step({ words: [9, 3, 9], head: 'a', share: 1, clip: 0.5 }, NAMES);
    expect(await model.deviations(3)).toEqual([]);
  });

  test('restored moments count, wherever they are', async () => {
    const model = new Model(await openBackend(on), 0);
    await model.step({ words: [3, 5], head: 'a', share: 1, clip: 1 }, USED_FIRST);
    const [first, second] = [new Float32Array(12 * WIDTH), new Float32Array(12 * WIDTH)];
    first.fill(0.01, 4 * WIDTH, 5 * WIDTH);
    second.fill(0.04, 4 * WIDTH, 5 * WIDTH).fill(0.09, 2 * WIDTH, 3 * WIDTH);
    model.restore('word', first, second);
    await model.step({ words: [9], head: 'a', share: 1, clip: 1 }, USED_FIRST);
    expect(await model.deviations(2)).toEqual([]);
  });
});
