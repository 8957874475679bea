import type { Family } from '../family.ts';

/** The shape of a BERT encoder (post-LN, exact GELU, learned absolute positions). */
export interface EncoderConfig {
  readonly family: Family;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly ffnSize: number;
  readonly positions: number;
  readonly segments: number;
  /** Id of the token that fills rows: its embedding is not trained. */
  readonly padding: number;
  readonly layerNormEps: number;
  /** Standard deviation of freshly initialised matrices. */
  readonly initializerRange: number;
}
