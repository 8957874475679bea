// TensorFlow's operations as functions of handles. What a run makes is deleted when it ends, or earlier.
import type { Addon, Attribute, Handle } from './addon.ts';

type Data = Float32Array | Int32Array;

export class Calls {
  readonly #addon: Addon;
  readonly #attributes: ReturnType<typeof attributes>;
  /** Of the run. */
  readonly #live = new Set<Handle>();
  /** Small tensors that stay: numbers, axes, permutations. */
  readonly #constants = new Map<string, Handle>();
  #gradients = false;

  constructor(addon: Addon) {
    this.#addon = addon;
    this.#attributes = attributes(addon);
  }

  /** Whether the run goes back, so that operations keep what their way back needs. */
  get gradients(): boolean {
    return this.#gradients;
  }

  /** Tensors of all backends of the process, but for the small ones that come with each new shape. */
  get held(): number {
    return this.#addon.getNumOfTensors() - this.#constants.size;
  }

  begin(gradients: boolean): void {
    this.#gradients = gradients;
  }

  end(): void {
    for (const handle of this.#live) this.#addon.deleteTensor(handle);
    this.#live.clear();
  }

  /** Frees memory for the operations that follow. */
  free(...handles: readonly Handle[]): void {
    for (const handle of handles) {
      if (this.#live.delete(handle)) this.#addon.deleteTensor(handle);
    }
  }

  /** Keeps a tensor beyond the run. */
  keep(handle: Handle): Handle {
    this.#live.delete(handle);
    return handle;
  }

  /** Takes a kept tensor into the run, with which it ends unless it is kept again. */
  adopt(handle: Handle): void {
    this.#live.add(handle);
  }

  /** @param values belong to TensorFlow from now on */
  floats(shape: readonly number[], values: Float32Array): Handle {
    return this.#hold(this.#addon.createTensor(shape, this.#addon.TF_FLOAT, values));
  }

  /** @param values belong to TensorFlow from now on */
  integers(shape: readonly number[], values: Int32Array): Handle {
    return this.#hold(this.#addon.createTensor(shape, this.#addon.TF_INT32, values));
  }

  read(handle: Handle): Data {
    return this.#addon.tensorDataSync(handle);
  }

  /** A number that operations use in every run. */
  number(value: number): Handle {
    return this.#constant(`${value}`, () => this.floats([], Float32Array.of(value)));
  }

  /** Axes, a permutation or a shape that operations use in every run. */
  axes(...values: readonly number[]): Handle {
    return this.#constant(values.join(), () =>
      this.integers([values.length], Int32Array.from(values)),
    );
  }

  /** a b, either of them transposed first; [m, n] of [m, k] and [k, n]. */
  matMul(a: Handle, b: Handle, transposeA = false, transposeB = false): Handle {
    return this.#one('MatMul', this.#attributes.matMul(transposeA, transposeB), [a, b]);
  }

  /** The same of stacks of matrices [..., m, k] and [..., k, n]. */
  batchMatMul(a: Handle, b: Handle, transposeA = false, transposeB = false): Handle {
    return this.#one('BatchMatMulV2', this.#attributes.batchMatMul(transposeA, transposeB), [a, b]);
  }

  add(a: Handle, b: Handle): Handle {
    return this.#one('AddV2', this.#attributes.t, [a, b]);
  }

  subtract(a: Handle, b: Handle): Handle {
    return this.#one('Sub', this.#attributes.t, [a, b]);
  }

  multiply(a: Handle, b: Handle): Handle {
    return this.#one('Mul', this.#attributes.t, [a, b]);
  }

  unary(
    name: 'Erf' | 'Exp' | 'Square' | 'Rsqrt' | 'Softmax' | 'Tanh' | 'L2Loss',
    x: Handle,
  ): Handle {
    return this.#one(name, this.#attributes.t, [x]);
  }

  /** y's gradient to x's, of y = tanh(x). */
  tanhGradient(y: Handle, gradient: Handle): Handle {
    return this.#one('TanhGrad', this.#attributes.t, [y, gradient]);
  }

  /** x [rows, n] + bias [n] */
  addBias(x: Handle, bias: Handle): Handle {
    return this.#one('BiasAdd', this.#attributes.bias, [x, bias]);
  }

  /** Sums of columns: [rows, n] -> [n]. */
  columnSums(x: Handle): Handle {
    return this.#one('BiasAddGrad', this.#attributes.bias, [x]);
  }

  /** Mean over the last axis, which stays with size 1. */
  mean(x: Handle): Handle {
    return this.#one('Mean', this.#attributes.reduce, [x, this.axes(-1)]);
  }

  /** Sum over the last axis, which stays with size 1. */
  sum(x: Handle): Handle {
    return this.#one('Sum', this.#attributes.reduce, [x, this.axes(-1)]);
  }

  addAll(handles: readonly Handle[]): Handle {
    return this.#one('AddN', this.#attributes.count(handles.length), handles);
  }

  reshape(x: Handle, ...shape: readonly number[]): Handle {
    return this.#one('Reshape', this.#attributes.reshape, [x, this.axes(...shape)]);
  }

  transpose(x: Handle, ...permutation: readonly number[]): Handle {
    return this.#one('Transpose', this.#attributes.transpose, [x, this.axes(...permutation)]);
  }

  /** [n, ...] -> n handles */
  unstack(x: Handle, n: number): readonly Handle[] {
    return this.#many('Unpack', this.#attributes.unpack(n), [x], n);
  }

  stack(handles: readonly Handle[]): Handle {
    return this.#one('Pack', this.#attributes.pack(handles.length), handles);
  }

  /** Rows of a table: [n] of [rows, cols] -> [n, cols]. */
  gather(table: Handle, rows: Handle): Handle {
    return this.#one('GatherV2', this.#attributes.gather, [table, rows, this.#zero()]);
  }

  /** [n, cols] -> [count, cols]: sums of the rows of one segment; a negative segment is left out. */
  segmentSums(x: Handle, segments: Handle, count: number): Handle {
    const inputs = [x, segments, this.#scalar(count)];
    return this.#one('UnsortedSegmentSum', this.#attributes.segments, inputs);
  }

  /** A matrix that the update may change in place. */
  variable(name: string, shape: readonly number[]): Handle {
    return this.keep(this.#one('VarHandleOp', this.#attributes.variable(name, shape), []));
  }

  assign(variable: Handle, value: Handle): void {
    this.#many('AssignVariableOp', this.#attributes.dtype, [variable, value], 0);
  }

  /** Shares the variable's memory: it must be freed before the variable is changed in place. */
  valueOf(variable: Handle): Handle {
    return this.#one('ReadVariableOp', this.#attributes.dtype, [variable]);
  }

  subtractFrom(variable: Handle, value: Handle): void {
    this.#many('AssignSubVariableOp', this.#attributes.dtype, [variable, value], 0);
  }

  /** The operation's inputs in its own order: see TensorFlow's ResourceApplyAdam. */
  applyAdam(inputs: readonly Handle[]): void {
    this.#many('ResourceApplyAdam', this.#attributes.adam, inputs, 0);
  }

  #zero(): Handle {
    return this.#scalar(0);
  }

  #scalar(value: number): Handle {
    return this.#constant(`i${value}`, () => this.integers([], Int32Array.of(value)));
  }

  #constant(name: string, make: () => Handle): Handle {
    const known = this.#constants.get(name);
    if (known !== undefined) return known;
    const made = this.keep(make());
    this.#constants.set(name, made);
    return made;
  }

  #one(name: string, list: readonly Attribute[], inputs: readonly Handle[]): Handle {
    const [output] = this.#addon.executeOp(name, list, inputs, 1);
    return this.#hold((output as { readonly id: Handle }).id);
  }

  #many(
    name: string,
    list: readonly Attribute[],
    inputs: readonly Handle[],
    outputs: number,
  ): readonly Handle[] {
    return this.#addon.executeOp(name, list, inputs, outputs).map(({ id }) => this.#hold(id));
  }

  #hold(handle: Handle): Handle {
    this.#live.add(handle);
    return handle;
  }
}

/** Attributes are made once: TensorFlow reads them at every call. */
function attributes(addon: Addon) {
  const type = (name: string, value = addon.TF_FLOAT) => ({ name, type: addon.TF_ATTR_TYPE, value }); // prettier-ignore
  const flag = (name: string, value: boolean) => ({ name, type: addon.TF_ATTR_BOOL, value });
  const number = (name: string, value: number) => ({ name, type: addon.TF_ATTR_INT, value });
  const text = (name: string, value: string) => ({ name, type: addon.TF_ATTR_STRING, value });
  const products = (a: string, b: string) => {
    const list = once((key) => [type('T'), flag(a, key % 2 === 1), flag(b, key > 1)]);
    return (left: boolean, right: boolean) => list(Number(left) + 2 * Number(right));
  };
  const t = [type('T')];
  const integer = (name: string) => type(name, addon.TF_INT32);
  return {
    t,
    dtype: [type('dtype')],
    matMul: products('transpose_a', 'transpose_b'),
    batchMatMul: products('adj_x', 'adj_y'),
    bias: [type('T'), text('data_format', 'NHWC')],
    reduce: [flag('keep_dims', true), type('T'), integer('Tidx')],
    count: once((n) => [number('N', n), type('T')]),
    reshape: [type('T'), integer('Tshape')],
    transpose: [type('T'), integer('Tperm')],
    unpack: once((n) => [number('num', n), type('T'), number('axis', 0)]),
    pack: once((n) => [number('N', n), type('T'), number('axis', 0)]),
    gather: [type('Tparams'), integer('Tindices'), integer('Taxis'), number('batch_dims', 0)],
    segments: [type('T'), integer('Tindices'), integer('Tnumsegments')],
    adam: [type('T'), flag('use_locking', false), flag('use_nesterov', false)],
    variable: (name: string, shape: readonly number[]): readonly Attribute[] => [
      type('dtype'),
      { name: 'shape', type: addon.TF_ATTR_SHAPE, value: shape },
      text('shared_name', name),
      text('container', ''),
    ],
  };
}

/** Lists by a small number, each made when it is first asked for. */
function once(make: (key: number) => readonly Attribute[]): (key: number) => readonly Attribute[] {
  const made = new Map<number, readonly Attribute[]>();
  return (key) => {
    const list = made.get(key) ?? make(key);
    made.set(key, list);
    return list;
  };
}
