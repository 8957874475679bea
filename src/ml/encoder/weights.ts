/** Row-major float32; a matrix is [out, in] as in torch.nn.Linear. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Named tensors, in Hugging Face's names. */
export type Weights = ReadonlyMap<string, Tensor>;
