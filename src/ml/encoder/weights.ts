/** Named float32 tensors: Hugging Face names, matrices [out, in] as in torch.nn.Linear. */
export type Weights = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly data: Float32Array }
>;
