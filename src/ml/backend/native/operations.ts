// TensorFlow's operations with our attributes. Each is made once, because TensorFlow reads the lists in
// every call, and graphs identify an operation by its number.
import type { Addon, Attribute, Code } from './addon.ts';

export interface OperationKind {
  readonly number: number;
  readonly name: string;
  readonly attributes: readonly Attribute[];
  readonly outputs: number;
}

/** TF_BFLOAT16, which the add-on does not name. */
const BFLOAT16: Code = 14;

export type Operations = ReturnType<typeof makeOperations>;

export const UNARY = ['Erf', 'Exp', 'Square', 'Rsqrt', 'Softmax', 'Tanh', 'L2Loss'] as const;

export function makeOperations(addon: Addon) {
  let count = 0;
  const kind = (name: string, attributes: readonly Attribute[], outputs = 1): OperationKind => ({
    number: count++,
    name,
    attributes,
    outputs,
  });
  const type = (name: string, value = addon.TF_FLOAT) => ({ name, type: addon.TF_ATTR_TYPE, value }); // prettier-ignore
  const flag = (name: string, value: boolean) => ({ name, type: addon.TF_ATTR_BOOL, value });
  const number = (name: string, value: number) => ({ name, type: addon.TF_ATTR_INT, value });
  const text = (name: string, value: string) => ({ name, type: addon.TF_ATTR_STRING, value });
  const integer = (name: string) => type(name, addon.TF_INT32);
  const product = (name: string, a: string, b: string, of = addon.TF_FLOAT) =>
    once((key) => kind(name, [type('T', of), flag(a, key % 2 === 1), flag(b, key > 1)]));
  const t = [type('T')];
  const cast = (from: Code, to: Code) =>
    kind('Cast', [type('SrcT', from), type('DstT', to), flag('Truncate', false)]);
  const dtype = [type('dtype')];
  const bias = [type('T'), text('data_format', 'NHWC')];
  const reduce = [flag('keep_dims', true), type('T'), integer('Tidx')];
  const unary = new Map(UNARY.map((name) => [name, kind(name, t)]));
  return {
    /** By 1 for a transposed left operand plus 2 for a right one. */
    matMul: product('MatMul', 'transpose_a', 'transpose_b'),
    halfMatMul: product('MatMul', 'transpose_a', 'transpose_b', BFLOAT16),
    toHalf: cast(addon.TF_FLOAT, BFLOAT16),
    fromHalf: cast(BFLOAT16, addon.TF_FLOAT),
    batchMatMul: product('BatchMatMulV2', 'adj_x', 'adj_y'),
    add: kind('AddV2', t),
    subtract: kind('Sub', t),
    multiply: kind('Mul', t),
    tanhGradient: kind('TanhGrad', t),
    unary: (name: (typeof UNARY)[number]) => unary.get(name) as OperationKind,
    addBias: kind('BiasAdd', bias),
    columnSums: kind('BiasAddGrad', bias),
    mean: kind('Mean', reduce),
    sum: kind('Sum', reduce),
    /** By the number of operands. */
    addAll: once((n) => kind('AddN', [number('N', n), type('T')])),
    reshape: kind('Reshape', [type('T'), integer('Tshape')]),
    transpose: kind('Transpose', [type('T'), integer('Tperm')]),
    unstack: once((n) => kind('Unpack', [number('num', n), type('T'), number('axis', 0)], n)),
    stack: once((n) => kind('Pack', [number('N', n), type('T'), number('axis', 0)])),
    gather: kind('GatherV2', [
      type('Tparams'),
      integer('Tindices'),
      integer('Taxis'),
      number('batch_dims', 0),
    ]),
    segmentSums: kind('UnsortedSegmentSum', [
      type('T'),
      integer('Tindices'),
      integer('Tnumsegments'),
    ]),
    read: kind('ReadVariableOp', dtype),
    assign: kind('AssignVariableOp', dtype, 0),
    subtractFrom: kind('AssignSubVariableOp', dtype, 0),
    adam: kind(
      'ResourceApplyAdam',
      [type('T'), flag('use_locking', false), flag('use_nesterov', false)],
      0,
    ),
    variable: (name: string, shape: readonly number[]) =>
      kind('VarHandleOp', [
        type('dtype'),
        { name: 'shape', type: addon.TF_ATTR_SHAPE, value: shape },
        text('shared_name', name),
        text('container', ''),
      ]),
  };
}

/** Operations by a small number, made on first use. */
function once(make: (key: number) => OperationKind): (key: number) => OperationKind {
  const made = new Map<number, OperationKind>();
  return (key) => {
    const kind = made.get(key) ?? make(key);
    made.set(key, kind);
    return kind;
  };
}
