import type { Code, Computed } from './addon.ts';

/** A number, an axis or similar, which is part of a graph. */
export interface Constant {
  /** Numbers all constants of the process. */
  readonly number: number;
  readonly type: Code;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** A tensor of the native backend: the add-on holds it, or a graph will compute it. */
export class Handle {
  /** The add-on's tensor; absent before the graph has run, and afterwards if the graph did not return it. */
  computed: Computed | undefined;
  readonly constant: Constant | undefined;
  /** The recording that last used it, and its reference there. */
  recording = -1;
  reference = 0;

  constructor(computed: Computed | undefined, constant?: Constant) {
    this.computed = computed;
    this.constant = constant;
  }

  /** The add-on's number. */
  get id(): number {
    return this.check().id;
  }

  get type(): Code {
    return this.check().dtype;
  }

  get rank(): number {
    return this.check().shape.length;
  }

  /** @throws if the add-on has no such tensor, which is a bug in an operation */
  check(): Computed {
    if (this.computed === undefined) throw new Error('a tensor is used that no graph has kept');
    return this.computed;
  }
}
