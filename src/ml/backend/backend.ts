// The interface between the encoder and the backends. The encoder is written once with these fused
// operations; each backend implements their forward and backward passes.
//
// Tokens are ragged: a batch of rows with lengths 9, 14 and 20 is 43 tokens, and a hidden state is a
// matrix [43, hidden]. Only attention uses the rows; a backend that must pad pads inside it.

/** A float32 matrix [rows, cols] in the backend, until the `run` that made it ends. */
export interface Tensor {
  readonly rows: number;
  readonly cols: number;
}

/** A trained matrix [rows, cols], or a vector as [1, n]; lives as long as its backend. */
export interface Parameter {
  readonly name: string;
  readonly rows: number;
  readonly cols: number;
  /** Whether an operation of this run, or of those it adds to, gave it a gradient. */
  readonly hasGradient: boolean;
  /** A copy of the value. */
  value(): Promise<Float32Array>;
  /** Sets the value; `data` is copied. */
  assign(data: Float32Array): void;
  moments(): Promise<Moments | undefined>;
  /** @param moments undefined: as before the first update */
  restoreMoments(moments: Moments | undefined): void;
}

/** A parameter's moments; absent before the first update. */
export interface Moments {
  readonly first: Float32Array;
  readonly second: Float32Array;
}

/** y = x W^T + b, with W [out, in] and b [1, out] as in torch.nn.Linear. */
export interface Dense<P = Parameter> {
  readonly weight: P;
  readonly bias: P;
}

/** y = (x - mean) / sqrt(var + eps) * weight + bias over a row; both [1, n]. */
export interface Norm<P = Parameter> {
  readonly weight: P;
  readonly bias: P;
}

export interface EmbeddingTables<P = Parameter> {
  /** [vocabulary, hidden]; the padding token's row gets no gradient. */
  readonly word: P;
  /** [positions, hidden] */
  readonly position: P;
  /** [segments, hidden] */
  readonly segment: P;
  readonly norm: Norm<P>;
}

/** Rows of tokens, concatenated without padding. */
export interface TokenBatch {
  /** [tokens] */
  readonly ids: Int32Array;
  /** Row r is ids[offsets[r]] up to ids[offsets[r + 1]]; rows + 1 values. */
  readonly offsets: Uint32Array;
  /** [rows]: the number of first tokens of each row that are segment 0; the rest is segment 1. */
  readonly firstLength: Uint16Array;
}

/** A `TokenBatch` in the backend, until the `run` ends. */
export interface Tokens {
  readonly rows: number;
  readonly tokens: number;
}

/**
 * Drops element i if hash(key, i) / 2^32 < rate, see dropout.ts, and divides the others by 1 - rate.
 * Every backend drops the same elements.
 */
export interface Dropout {
  readonly rate: number;
  /** A u32 that only this operation of this step has. */
  readonly key: number;
}

/** The value of an operation, and its backward pass. */
export interface Operation<T = Tensor> {
  readonly value: T;
  /**
   * Adds to the gradients of the operation's parameters.
   *
   * @param gradient of the loss by `value`, of its shape
   * @returns the gradients by the operation's tensor operands, in their order
   */
  backward(gradient: T): readonly T[];
}

/** A mean loss [1, 1], where the backward pass starts. */
export interface Loss<T = Tensor> {
  readonly value: T;
  /**
   * @param share factor of the gradient: the share of this loss in a mean over more rows
   * @returns the gradient of the loss by the logits
   */
  backward(share: number): T;
}

/** How an update changes one parameter. */
export interface Update<P = Parameter> {
  readonly parameter: P;
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

/**
 * The type of dense products. Weights, sums and everything else are always float32. bf16: operands and
 * results of products are rounded to bfloat16, as torch.autocast does.
 */
export type Precision = 'fp32' | 'bf16';

/** The facts that determine a backend's bytes, for the keys of stages. */
export interface BackendFacts {
  readonly backend: string;
  readonly library: string;
  /** sha256 of our own kernels; null for those of a library. */
  readonly kernels: string | null;
  readonly simd: string;
  readonly threads: number;
  readonly precision: Precision;
}

/**
 * What a backend computes, inside of a `run`; see operations.ts for how it is made.
 *
 * @template T, K, P a backend's own tensors, tokens and parameters
 */
export interface Operations<T = Tensor, K = Tokens, P = Parameter> {
  /** @param padding the id whose embedding gets no gradient, as in torch.nn.Embedding; BERT's is 0 */
  tokens(batch: TokenBatch, padding?: number): K;
  /** LayerNorm(word[id] + position[place in row] + segment[0 or 1]): [tokens, hidden]. */
  embed(tokens: K, tables: EmbeddingTables<P>, eps: number): Operation<T>;
  dense(x: T, dense: Dense<P>): Operation<T>;
  /** GELU with erf, not with tanh. */
  denseGelu(x: T, dense: Dense<P>): Operation<T>;
  denseTanh(x: T, dense: Dense<P>): Operation<T>;
  /** LayerNorm(x + residual); operands x, residual. */
  addNorm(x: T, residual: T, norm: Norm<P>, eps: number): Operation<T>;
  /**
   * softmax(Q K^T / sqrt(width)) V in every row and head, over the row's own tokens.
   *
   * @param qkv [tokens, 3 * hidden]: queries, keys, values; a head's columns are adjacent
   * @param dropout of the probabilities; see `attentionElement` in dropout.ts
   */
  attention(qkv: T, tokens: K, heads: number, dropout?: Dropout): Operation<T>;
  dropout(x: T, dropout: Dropout): Operation<T>;
  /** Every row's first token, [CLS]: [tokens, n] -> [rows, n]. */
  firstTokens(x: T, tokens: K): Operation<T>;
  /** The mean over a row's tokens: [tokens, n] -> [rows, n]. */
  meanTokens(x: T, tokens: K): Operation<T>;
  add(a: T, b: T): T;

  /** Softmax cross-entropy, mean over rows. @param classes [rows] */
  crossEntropy(logits: T, classes: Int32Array): Loss<T>;
  /**
   * Sigmoid cross-entropy against one-hot targets, mean over rows x classes.
   *
   * @param positive [classes]: weight of the positive term of each class
   */
  binaryCrossEntropy(logits: T, classes: Int32Array, positive: Float32Array): Loss<T>;
  /** Mean of (x - target)^2. @param x [rows, 1] */
  squaredError(x: T, targets: Float32Array): Loss<T>;

  /** The parameter's gradient; zeros where there is none. */
  gradient(parameter: P): T;
}

/** Holds the parameters of one model; open another backend for another model. */
export interface Backend extends Operations {
  readonly facts: BackendFacts;
  /** Tensors or bytes that it holds now. The number must be equal after each step; otherwise it leaks. */
  readonly held: number;

  /** @param data is copied; row-major [rows, cols] */
  parameter(name: string, rows: number, cols: number, data: Float32Array): Parameter;

  /**
   * Runs the body, reads the tensors that it returns and releases everything that it made.
   *
   * @param gradients whether the body has a backward pass; if not, nothing is kept for one. `more`: its
   *   gradients are added to those of the previous run
   */
  run(gradients: boolean | 'more', body: () => readonly Tensor[]): Promise<readonly Float32Array[]>;

  /**
   * Inside of a `run`. AdamW as in transformers 4.2: with m, v as usual,
   * p -= stepSize * m / (sqrt(v) + eps), then p -= decay * p. A parameter without a gradient counts
   * as having zeros.
   *
   * @returns [1, 1], the norm of all gradients together before clipping
   */
  update(updates: readonly Update[], settings: UpdateSettings): Tensor;
}
