// TensorFlow's eager C API as the Node add-on of @tensorflow/tfjs-node offers it. Only the add-on is
// used: the operations of the seam call TensorFlow's own by name, without TensorFlow.js in between.

/** Number of a tensor that the add-on holds until it is told to delete it. */
export type Handle = number;

/** A data type or a kind of attribute, numbered as in TensorFlow's C header. */
export type Code = number;

export interface Attribute {
  readonly name: string;
  readonly type: Code;
  readonly value: number | boolean | string | readonly number[];
}

export interface Addon {
  readonly TF_Version: string;
  readonly TF_FLOAT: Code;
  readonly TF_INT32: Code;
  readonly TF_ATTR_TYPE: Code;
  readonly TF_ATTR_BOOL: Code;
  readonly TF_ATTR_INT: Code;
  readonly TF_ATTR_STRING: Code;
  readonly TF_ATTR_SHAPE: Code;
  /** @param data belongs to TensorFlow from now on: it is not copied */
  createTensor(shape: readonly number[], type: Code, data: Float32Array | Int32Array): Handle;
  deleteTensor(handle: Handle): void;
  /** @returns a copy */
  tensorDataSync(handle: Handle): Float32Array | Int32Array;
  executeOp(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly Handle[],
    outputs: number,
  ): readonly { readonly id: Handle }[];
  isUsingGpuDevice(): boolean;
  getNumOfTensors(): number;
}
