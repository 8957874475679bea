// The seam over TensorFlow.js's own operations: on its plain JavaScript, what the other backends are
// compared with; on WebGPU, a way to any GPU. Values are read when a run ends: WebGPU's cannot be read before.
import type { Tensor as TfTensor, Tensor2D } from '@tensorflow/tfjs-core';
import type {
  Backend,
  BackendFacts,
  Dense,
  Dropout,
  EmbeddingTables,
  Moments,
  Norm,
  Operation,
  Parameter,
  Tensor,
  TokenBatch,
  Tokens,
  Update,
  UpdateSettings,
} from '../backend.ts';
import { differentiable, differentiableLoss, tensor, valuesOf } from './differentiate.ts';
import { embedOperation } from './embed.ts';
import * as functions from './functions.ts';
import type { BatchIndices } from './functions.ts';
import { Gradients } from './gradients.ts';
import type { Loaded, Tf } from './load.ts';
import {
  assign,
  floats,
  makeParameter,
  own,
  readMoments,
  restoreMoments,
  updateParameter,
} from './parameters.ts';

interface TfjsTokens extends Tokens {
  readonly indices: BatchIndices;
}

export class TfjsBackend implements Backend {
  readonly facts: BackendFacts;
  readonly #loaded: Loaded;
  readonly #gradients = new Gradients();

  constructor(loaded: Loaded) {
    this.#loaded = loaded;
    this.facts = loaded.facts;
  }

  /** TensorFlow.js computes with one backend at a time: with ours from now on. */
  get #tf(): Tf {
    const { tf, backend } = this.#loaded;
    // Of a backend that has been ready before, this takes effect at once.
    if (tf.getBackend() !== backend) void tf.setBackend(backend);
    return tf;
  }

  get held(): number {
    return this.#tf.memory().numTensors;
  }

  parameter(name: string, rows: number, cols: number, data: Float32Array): Parameter {
    return makeParameter(this.#tf, name, rows, cols, data);
  }

  async value(parameter: Parameter): Promise<Float32Array> {
    return floats(own(parameter).variable);
  }

  assign(parameter: Parameter, data: Float32Array): void {
    assign(this.#tf, parameter, data);
  }

  async moments(parameter: Parameter): Promise<Moments | undefined> {
    return readMoments(parameter);
  }

  restoreMoments(parameter: Parameter, moments: Moments | undefined): void {
    restoreMoments(this.#tf, parameter, moments);
  }

  async run(
    gradients: boolean | 'more',
    body: () => readonly Tensor[],
  ): Promise<readonly Float32Array[]> {
    const { engine } = this.#tf;
    if (gradients === true) this.#gradients.drop();
    let results: readonly TfTensor[] = [];
    engine().startScope();
    try {
      results = body().map((one) => this.#tf.keep(this.#tf.clone(valuesOf(one))));
    } finally {
      this.#gradients.keep(this.#tf);
      engine().endScope();
    }
    const values = await Promise.all(results.map(floats));
    for (const result of results) result.dispose();
    this.#loaded.check?.();
    return values;
  }

  tokens(batch: TokenBatch, padding = 0): Tokens {
    const indices = functions.batchIndices(this.#tf, batch, padding);
    const tokens: TfjsTokens = { rows: indices.rows, tokens: indices.tokens, indices };
    return tokens;
  }

  embed(tokens: Tokens, tables: EmbeddingTables, eps: number): Operation {
    const { indices } = tokens as TfjsTokens;
    return embedOperation(this.#tf, this.#gradients, indices, tables, eps);
  }

  dense(x: Tensor, { weight, bias }: Dense): Operation {
    return this.#operation([x], [weight, bias], ([x, w, b]) => functions.dense(this.#tf, x, w, b));
  }

  denseGelu(x: Tensor, { weight, bias }: Dense): Operation {
    return this.#operation([x], [weight, bias], ([x, w, b]) =>
      functions.gelu(this.#tf, functions.dense(this.#tf, x, w, b)),
    );
  }

  denseTanh(x: Tensor, { weight, bias }: Dense): Operation {
    return this.#operation([x], [weight, bias], ([x, w, b]) =>
      this.#tf.tanh(functions.dense(this.#tf, x, w, b)),
    );
  }

  addNorm(x: Tensor, residual: Tensor, { weight, bias }: Norm, eps: number): Operation {
    return this.#operation([x, residual], [weight, bias], ([x, r, w, b]) =>
      functions.layerNorm(this.#tf, this.#tf.add(x, r), w, b, eps),
    );
  }

  attention(qkv: Tensor, tokens: Tokens, heads: number, dropout?: Dropout): Operation {
    const { indices } = tokens as TfjsTokens;
    const mask =
      dropout === undefined
        ? undefined
        : functions.attentionMask(this.#tf, indices, heads, dropout);
    return this.#operation([qkv], [], ([x]) =>
      functions.attention(this.#tf, x, indices, heads, mask),
    );
  }

  dropout(x: Tensor, dropout: Dropout): Operation {
    const mask = functions.dropoutMask(this.#tf, [x.rows, x.cols], dropout);
    return this.#operation([x], [], ([x]) => this.#tf.mul(x, mask));
  }

  firstTokens(x: Tensor, tokens: Tokens): Operation {
    const { firsts } = (tokens as TfjsTokens).indices;
    return this.#operation([x], [], ([x]) => this.#tf.matMul(firsts, x as Tensor2D));
  }

  meanTokens(x: Tensor, tokens: Tokens): Operation {
    const { means } = (tokens as TfjsTokens).indices;
    return this.#operation([x], [], ([x]) => this.#tf.matMul(means, x as Tensor2D));
  }

  add(a: Tensor, b: Tensor): Tensor {
    return tensor(this.#tf.add(valuesOf(a), valuesOf(b)));
  }

  crossEntropy(logits: Tensor, classes: Int32Array) {
    const targets = functions.oneHot(this.#tf, classes, logits.cols);
    return differentiableLoss(this.#tf, logits, (x) =>
      functions.crossEntropy(this.#tf, x, targets),
    );
  }

  binaryCrossEntropy(logits: Tensor, classes: Int32Array, positive: Float32Array) {
    const targets = functions.oneHot(this.#tf, classes, logits.cols);
    const weights = this.#tf.tensor2d(positive.slice(), [1, logits.cols]);
    return differentiableLoss(this.#tf, logits, (x) =>
      functions.binaryCrossEntropy(this.#tf, x, targets, weights),
    );
  }

  squaredError(x: Tensor, targets: Float32Array) {
    const wanted = this.#tf.tensor2d(targets.slice(), [targets.length, 1]);
    return differentiableLoss(this.#tf, x, (values) =>
      this.#tf.mean(this.#tf.squaredDifference(values, wanted)),
    );
  }

  hasGradient(parameter: Parameter): boolean {
    return this.#gradients.has(parameter);
  }

  gradient(parameter: Parameter): Tensor {
    return tensor(this.#gradients.get(this.#tf, parameter));
  }

  update(updates: readonly Update[], settings: UpdateSettings): Tensor {
    const tf = this.#tf;
    const norm = this.#gradients.norm(tf);
    const { clip } = settings;
    const scale =
      clip === Infinity ? tf.scalar(1) : tf.minimum(1, tf.div(clip, tf.add(norm, 1e-6)));
    for (const update of updates) {
      updateParameter(tf, update, this.#gradients.get(tf, update.parameter), settings, scale);
    }
    return tensor(tf.reshape(norm, [1, 1]));
  }

  #operation(
    operands: readonly Tensor[],
    parameters: readonly Parameter[],
    compute: Parameters<typeof differentiable>[4],
  ): Operation {
    return differentiable(this.#tf, this.#gradients, operands, parameters, compute);
  }
}
