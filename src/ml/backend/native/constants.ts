// Small tensors that are kept for the process: numbers, axes, shapes.
import type { Addon, Code } from './addon.ts';
import { Handle } from './handle.ts';

export class Constants {
  readonly #addon: Addon;
  readonly #known = new Map<string, Handle>();

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  get size(): number {
    return this.#known.size;
  }

  number(value: number): Handle {
    const make = () => Float32Array.of(value);
    return this.#get(`${value}`, this.#addon.TF_FLOAT, [], make, true);
  }

  /** One axis, as a scalar. */
  axis(value: number): Handle {
    const make = () => Int32Array.of(value);
    return this.#get(`axis ${value}`, this.#addon.TF_INT32, [], make, true);
  }

  /** Axes or a permutation of them. */
  axes(...values: readonly number[]): Handle {
    const make = () => Int32Array.from(values);
    return this.#get(`axes ${values.join()}`, this.#addon.TF_INT32, [values.length], make, true);
  }

  /** A shape, which differs between batches: it is an input of a graph and not part of it. */
  shape(...values: readonly number[]): Handle {
    const make = () => Int32Array.from(values);
    return this.#get(`shape ${values.join()}`, this.#addon.TF_INT32, [values.length], make, false);
  }

  /** A number of rows, as a scalar; an input of a graph, like a shape. */
  count(value: number): Handle {
    const make = () => Int32Array.of(value);
    return this.#get(`count ${value}`, this.#addon.TF_INT32, [], make, false);
  }

  #get(
    name: string,
    type: Code,
    shape: readonly number[],
    make: () => Float32Array | Int32Array,
    inGraphs: boolean,
  ): Handle {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const values = make();
    // A copy, because TensorFlow keeps the array, and a graph reads ours.
    const id = this.#addon.createTensor(shape, type, values.slice());
    const constant = inGraphs ? { number: this.#known.size, type, shape, values } : undefined;
    const made = new Handle({ id, shape, dtype: type }, constant);
    this.#known.set(name, made);
    return made;
  }
}
