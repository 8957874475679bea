// TensorFlow's C API, as the Node add-on of @tensorflow/tfjs-node offers it. Only the add-on is used: our
// operations call TensorFlow's by name, without TensorFlow.js.

/** A data type or a kind of attribute, numbered as in TensorFlow's C header. */
export type Code = number;

export interface Attribute {
  readonly name: string;
  readonly type: Code;
  readonly value: number | boolean | string | readonly number[];
}

/** A tensor that the add-on holds under this number until it is deleted. */
export interface Computed {
  readonly id: number;
  readonly shape: readonly number[];
  readonly dtype: Code;
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
  /**
   * @param data then belongs to TensorFlow: it is not copied
   * @returns the tensor's number
   */
  createTensor(shape: readonly number[], type: Code, data: Float32Array | Int32Array): number;
  deleteTensor(id: number): void;
  /** @returns a copy */
  tensorDataSync(id: number): Float32Array | Int32Array;
  executeOp(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: number,
  ): readonly Computed[];
  /** @returns the model's number */
  loadSavedModel(folder: string, tags: string): number;
  /** @param names of tensors, such as `a:0`, separated by commas */
  runSavedModel(
    model: number,
    inputs: readonly number[],
    names: string,
    outputNames: string,
  ): readonly Computed[];
  isUsingGpuDevice(): boolean;
  getNumOfTensors(): number;
}
