/** The shape of a BERT encoder (post-LN, exact GELU, learned absolute positions). */
export interface EncoderConfig {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly ffnSize: number;
  readonly positions: number;
  readonly segments: number;
  readonly layerNormEps: number;
  /** Standard deviation of freshly initialised matrices. */
  readonly initializerRange: number;
}
