// The seam between the encoder and what computes it. The encoder is written once over these fused
// operations; a backend brings its own forward and backward of each.
//
// Tokens are ragged everywhere: a batch of rows with lengths 9, 14 and 20 is 43 tokens, and a hidden
// state is a matrix [43, hidden]. Only attention looks at rows; a backend that has to pad does so
// inside it.

/** A float32 matrix [rows, cols] in the backend. Gone when the `run` that made it ends. */
export interface Tensor {
  readonly rows: number;
  readonly cols: number;
}

/** A trained matrix [rows, cols], or a vector as [1, n]; lives as long as its backend. */
export interface Parameter {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
}

/** y = x W^T + b, with W [out, in] and b [1, out] as in torch.nn.Linear. */
export interface Dense {
  readonly weight: Parameter;
  readonly bias: Parameter;
}

/** y = (x - mean) / sqrt(var + eps) * weight + bias over a row; both [1, n]. */
export interface Norm {
  readonly weight: Parameter;
  readonly bias: Parameter;
}

export interface EmbeddingTables {
  /** [vocabulary, hidden]; the padding token's row gets no gradient. */
  readonly word: Parameter;
  /** [positions, hidden] */
  readonly position: Parameter;
  /** [segments, hidden] */
  readonly segment: Parameter;
  readonly norm: Norm;
}

/** Rows of tokens, back to back, without padding. */
export interface TokenBatch {
  /** [tokens] */
  readonly ids: Int32Array;
  /** Row r is ids[offsets[r]] up to ids[offsets[r + 1]]; rows + 1 values. */
  readonly offsets: Uint32Array;
  /** [rows]: so many first tokens of each row are segment 0, the rest segment 1. */
  readonly firstLength: Uint16Array;
}

/** A `TokenBatch` that the backend holds until the `run` ends. */
export interface Tokens {
  readonly rows: number;
  readonly tokens: number;
}

/**
 * Which elements are dropped: element i where hash(key, i) / 2^32 < rate, see dropout.ts. The rest
 * is divided by 1 - rate. Every backend drops the same ones.
 */
export interface Dropout {
  readonly rate: number;
  /** A u32 of this step and this operation alone. */
  readonly key: number;
}

/** What an operation made, and how a gradient flows back through it. */
export interface Operation {
  readonly value: Tensor;
  /**
   * Adds to the gradients of the operation's parameters.
   *
   * @param gradient of the loss by `value`, of its shape
   * @returns the gradients by the operation's tensor operands, in their order
   */
  backward(gradient: Tensor): readonly Tensor[];
}

/** A mean loss [1, 1]; its gradient begins the way back. */
export interface Loss {
  readonly value: Tensor;
  /**
   * @param share factor of the gradient: this loss's part of a mean over more rows than its own
   * @returns the gradient of the loss by the logits
   */
  backward(share: number): Tensor;
}

/** One parameter's part in an update. */
export interface Update {
  readonly parameter: Parameter;
  /** lr * sqrt(1 - beta2^t) / (1 - beta1^t) with the parameter's own step counter t. */
  readonly stepSize: number;
  /** lr * weight decay; 0 for biases and LayerNorm's weights. */
  readonly decay: number;
}

export interface UpdateSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly eps: number;
  /** Gradients are scaled by clip / (norm + 1e-6) where that is below 1; Infinity: never. */
  readonly clip: number;
}

/** A parameter's moments; absent before the first update. */
export interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/**
 * What dense products are computed in; weights, sums, everything else and what is stored are float32
 * always. bf16: operands and results of products rounded to bfloat16, as torch.autocast does.
 */
export type Precision = 'fp32' | 'bf16';

/** Facts that determine a backend's bytes: what a stage's key must hold. */
export interface BackendFacts {
  readonly backend: string;
  readonly library: string;
  /** sha256 of our own kernels; null where the library's are used. */
  readonly kernels: string | null;
  readonly simd: string;
  readonly threads: number;
  readonly precision: Precision;
}

/** Holds the parameters of one model; open another backend for another model. */
export interface Backend {
  readonly facts: BackendFacts;
  /** What it holds now, in tensors or bytes: the same after each step, or something leaks. */
  readonly held: number;

  /** @param data is copied; row-major [rows, cols] */
  parameter(name: string, rows: number, cols: number, data: Float32Array): Parameter;
  value(parameter: Parameter): Promise<Float32Array>;
  /** Sets the value; `data` is copied. */
  assign(parameter: Parameter, data: Float32Array): void;
  moments(parameter: Parameter): Promise<Moments | undefined>;
  /** @param moments undefined: as before the first update */
  restoreMoments(parameter: Parameter, moments: Moments | undefined): void;

  /**
   * Runs the body, reads the tensors that it returns and releases all that it made.
   *
   * @param gradients whether the body goes back through its operations; without, nothing is kept
   *   for the way back. `more`: its gradients add to those of the run before
   */
  run(gradients: boolean | 'more', body: () => readonly Tensor[]): Promise<readonly Float32Array[]>;

  // All below only inside a `run`.

  /** @param padding the id whose embedding gets no gradient, as in torch.nn.Embedding; BERT's is 0 */
  tokens(batch: TokenBatch, padding?: number): Tokens;
  /** LayerNorm(word[id] + position[place in row] + segment[0 or 1]): [tokens, hidden]. */
  embed(tokens: Tokens, tables: EmbeddingTables, eps: number): Operation;
  dense(x: Tensor, dense: Dense): Operation;
  /** GELU with erf, not with tanh. */
  denseGelu(x: Tensor, dense: Dense): Operation;
  denseTanh(x: Tensor, dense: Dense): Operation;
  /** LayerNorm(x + residual); operands x, residual. */
  addNorm(x: Tensor, residual: Tensor, norm: Norm, eps: number): Operation;
  /**
   * softmax(Q K^T / sqrt(width)) V in every row and head, over the row's own tokens.
   *
   * @param qkv [tokens, 3 * hidden]: queries, keys, values; a head's columns lie together
   * @param dropout of the probabilities; see `attentionElement` in dropout.ts
   */
  attention(qkv: Tensor, tokens: Tokens, heads: number, dropout?: Dropout): Operation;
  dropout(x: Tensor, dropout: Dropout): Operation;
  /** Every row's first token, [CLS]: [tokens, n] -> [rows, n]. */
  firstTokens(x: Tensor, tokens: Tokens): Operation;
  /** The mean over a row's tokens: [tokens, n] -> [rows, n]. */
  meanTokens(x: Tensor, tokens: Tokens): Operation;
  add(a: Tensor, b: Tensor): Tensor;

  /** Softmax cross-entropy, mean over rows. @param classes [rows] */
  crossEntropy(logits: Tensor, classes: Int32Array): Loss;
  /**
   * Sigmoid cross-entropy against one-hot targets, mean over rows x classes.
   *
   * @param positive [classes]: weight of the positive term of each class
   */
  binaryCrossEntropy(logits: Tensor, classes: Int32Array, positive: Float32Array): Loss;
  /** Mean of (x - target)^2. @param x [rows, 1] */
  squaredError(x: Tensor, targets: Float32Array): Loss;

  /** Whether an operation of this run, or of those it adds to, gave the parameter a gradient. */
  hasGradient(parameter: Parameter): boolean;
  /** The gradient; zeros where there is none. */
  gradient(parameter: Parameter): Tensor;
  /**
   * AdamW as in transformers 4.2: with m, v as usual, p -= stepSize * m / (sqrt(v) + eps), then
   * p -= decay * p. A parameter without a gradient counts as having zeros.
   *
   * @returns [1, 1], the norm of all gradients together before clipping
   */
  update(updates: readonly Update[], settings: UpdateSettings): Tensor;
}
