import type { Code, Computed } from './addon.ts';

/** A number, an axis or the like, which graphs hold as such. */
export interface Constant {
  /** Its number among all constants. */
  readonly number: number;
  readonly type: Code;
  readonly shape: readonly number[];
  readonly values: Float32Array | Int32Array;
}

/** A tensor of the native backend: one that the add-on holds, or one that a graph is to compute. */
export class Handle {
  /** What the add-on holds; absent before its graph has run, and for good where it did not keep it. */
  computed: Computed | undefined;
  readonly constant: Constant | undefined;
  /** The recording that last used it, and what it is called there. */
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

  /** @throws where the add-on has no such tensor: a mistake in an operation */
  check(): Computed {
    if (this.computed === undefined) throw new Error('a tensor is used that no graph has kept');
    return this.computed;
  }
}
