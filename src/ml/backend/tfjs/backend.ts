// The seam over TensorFlow.js's own operations: on its plain JavaScript, what the other backends are
// compared with; on WebGPU, a way to any GPU. An operation's way back computes it again with
// TensorFlow.js's gradients. Values are read when a run ends: WebGPU's cannot be read before.
import type { Tensor as TfTensor, Tensor2D } from '@tensorflow/tfjs-core';
import type {
  Backend,
  BackendFacts,
  Dense,
  Dropout,
  EmbeddingTables,
  Loss,
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
import * as functions from './functions.ts';
import type { BatchIndices, Places } from './functions.ts';
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

interface TfjsTensor extends Tensor {
  readonly values: TfTensor;
}

interface TfjsTokens extends Tokens {
  readonly indices: BatchIndices;
}

/** As many as the operation has inputs: the operands' values, then the parameters'. */
type Values = readonly [TfTensor, TfTensor, TfTensor, TfTensor, TfTensor];

export class TfjsBackend implements Backend {
  readonly facts: BackendFacts;
  readonly #loaded: Loaded;
  /** Of the last run with gradients, and of those it added to. */
  readonly #gradients = new Map<Parameter, TfTensor>();

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
    if (gradients === true) this.#dropGradients();
    let results: readonly TfTensor[] = [];
    engine().startScope();
    try {
      results = body().map((one) => this.#tf.keep(this.#tf.clone((one as TfjsTensor).values)));
    } finally {
      // They outlive the scope: the next run may add to them.
      for (const gradient of this.#gradients.values()) this.#tf.keep(gradient);
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

  embed(
    tokens: Tokens,
    { word, position, segment, norm }: EmbeddingTables,
    eps: number,
  ): Operation {
    const tf = this.#tf;
    const { words, places, segments } = (tokens as TfjsTokens).indices;
    const rowsOf = (table: Parameter, { rows }: Places) => tf.gather(own(table).variable, rows);
    const sum = tensor(
      tf.add(tf.add(rowsOf(word, words), rowsOf(segment, segments)), rowsOf(position, places)),
    );
    const { value, backward } = this.#operation(
      [sum],
      [norm.weight, norm.bias],
      ([x, weight, bias]) => functions.layerNorm(tf, x, weight, bias, eps),
    );
    return {
      value,
      backward: (gradient) => {
        const [by] = backward(gradient) as [TfjsTensor];
        for (const [table, indices] of [
          [word, words],
          [position, places],
          [segment, segments],
        ] as const) {
          this.#addGradient(table, functions.scatter(tf, by.values, indices, table));
        }
        return [];
      },
    };
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
    return tensor(this.#tf.add((a as TfjsTensor).values, (b as TfjsTensor).values));
  }

  crossEntropy(logits: Tensor, classes: Int32Array) {
    const targets = functions.oneHot(this.#tf, classes, logits.cols);
    return this.#loss(logits, (x) => functions.crossEntropy(this.#tf, x, targets));
  }

  binaryCrossEntropy(logits: Tensor, classes: Int32Array, positive: Float32Array) {
    const targets = functions.oneHot(this.#tf, classes, logits.cols);
    const weights = this.#tf.tensor2d(positive.slice(), [1, logits.cols]);
    return this.#loss(logits, (x) => functions.binaryCrossEntropy(this.#tf, x, targets, weights));
  }

  squaredError(x: Tensor, targets: Float32Array) {
    const wanted = this.#tf.tensor2d(targets.slice(), [targets.length, 1]);
    return this.#loss(x, (values) => this.#tf.mean(this.#tf.squaredDifference(values, wanted)));
  }

  hasGradient(parameter: Parameter): boolean {
    return this.#gradients.has(parameter);
  }

  gradient(parameter: Parameter): Tensor {
    return tensor(this.#gradientOf(parameter));
  }

  update(updates: readonly Update[], settings: UpdateSettings): Tensor {
    const tf = this.#tf;
    const squares = [...this.#gradients.values()].map((g) => tf.sum(tf.square(g)));
    // Two at a time: WebGPU's sum of many takes eight.
    const norm = tf.sqrt(squares.reduce((sum, x) => tf.add(sum, x), tf.scalar(0)));
    const { clip } = settings;
    const scale =
      clip === Infinity ? tf.scalar(1) : tf.minimum(1, tf.div(clip, tf.add(norm, 1e-6)));
    for (const update of updates) {
      updateParameter(tf, update, this.#gradientOf(update.parameter), settings, scale);
    }
    return tensor(tf.reshape(norm, [1, 1]));
  }

  #dropGradients(): void {
    for (const gradient of this.#gradients.values()) gradient.dispose();
    this.#gradients.clear();
  }

  #gradientOf(parameter: Parameter): TfTensor {
    return this.#gradients.get(parameter) ?? this.#tf.zeros([parameter.rows, parameter.cols]);
  }

  #operation(
    operands: readonly Tensor[],
    parameters: readonly Parameter[],
    compute: (values: Values) => TfTensor,
  ): Operation {
    const of = (values: readonly TfTensor[]) => compute(values as unknown as Values);
    const inputs = [
      ...operands.map((operand) => (operand as TfjsTensor).values),
      ...parameters.map((parameter) => own(parameter).variable),
    ];
    const value = this.#tf.tidy(() => of(inputs));
    return {
      value: tensor(value),
      backward: (gradient) => {
        const back = this.#tf.grads((...args: TfTensor[]) => of(args));
        const parts = back(inputs, (gradient as TfjsTensor).values);
        for (const [i, parameter] of parameters.entries()) {
          this.#addGradient(parameter, parts[operands.length + i] as TfTensor);
        }
        return parts.slice(0, operands.length).map((part) => tensor(part));
      },
    };
  }

  #addGradient(parameter: Parameter, part: TfTensor): void {
    const before = this.#gradients.get(parameter);
    this.#gradients.set(parameter, before === undefined ? part : this.#tf.add(before, part));
    // One of an earlier run is kept, so that no scope disposes of it.
    if (before?.kept === true) before.dispose();
  }

  #loss(logits: Tensor, compute: (x: TfTensor) => TfTensor): Loss {
    const tf = this.#tf;
    const { values } = logits as TfjsTensor;
    return {
      value: tensor(
        tf.reshape(
          tf.tidy(() => compute(values)),
          [1, 1],
        ),
      ),
      backward: (share) =>
        tensor(tf.mul(tf.grad((x: TfTensor) => tf.reshape(compute(x), []))(values), share)),
    };
  }
}

function tensor(values: TfTensor): TfjsTensor {
  const [rows = 0, cols = 0] = values.shape;
  return { rows, cols, values };
}
