// The seam over TensorFlow.js: what our own kernels are compared with, and the way to native
// TensorFlow. An operation's way back computes it again with TensorFlow.js's gradients.
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
import { binaryCrossEntropy, crossEntropy, scaled, squaredError } from '../losses.ts';
import type { LossValue } from '../losses.ts';
import * as functions from './functions.ts';
import type { BatchIndices } from './functions.ts';
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
  readonly #tf: Tf;
  /** Of the last run with gradients, and of those it added to. */
  readonly #gradients = new Map<Parameter, TfTensor>();

  constructor({ tf, facts }: Loaded) {
    this.#tf = tf;
    this.facts = facts;
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
    engine().startScope();
    try {
      return body().map((tensor) => floats((tensor as TfjsTensor).values));
    } finally {
      // They outlive the scope: the next run may add to them.
      for (const gradient of this.#gradients.values()) this.#tf.keep(gradient);
      engine().endScope();
    }
  }

  tokens(batch: TokenBatch): Tokens {
    const indices = functions.batchIndices(this.#tf, batch);
    const tokens: TfjsTokens = { rows: indices.rows, tokens: indices.tokens, indices };
    return tokens;
  }

  embed(
    tokens: Tokens,
    { word, position, segment, norm }: EmbeddingTables,
    eps: number,
  ): Operation {
    const tf = this.#tf;
    const { ids, places, segments } = (tokens as TfjsTokens).indices;
    const rowsOf = (table: Parameter, indices: TfTensor) => tf.gather(own(table).variable, indices);
    const sum = tensor(
      tf.add(tf.add(rowsOf(word, ids), rowsOf(segment, segments)), rowsOf(position, places)),
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
        // [PAD]'s row gets no gradient.
        this.#scatter(word, ids, by.values, 0);
        this.#scatter(position, places, by.values, -1);
        this.#scatter(segment, segments, by.values, -1);
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
    return this.#loss(logits, (values) => crossEntropy(values, logits.cols, classes));
  }

  binaryCrossEntropy(logits: Tensor, classes: Int32Array, positive: Float32Array) {
    return this.#loss(logits, (values) =>
      binaryCrossEntropy(values, logits.cols, classes, positive),
    );
  }

  squaredError(x: Tensor, targets: Float32Array) {
    return this.#loss(x, (values) => squaredError(values, targets));
  }

  hasGradient(parameter: Parameter): boolean {
    return this.#gradients.has(parameter);
  }

  gradient(parameter: Parameter): Tensor {
    return tensor(this.#gradientOf(parameter));
  }

  update(updates: readonly Update[], settings: UpdateSettings): Tensor {
    const tf = this.#tf;
    const squares = [...this.#gradients.values()].map((g) => tf.sum(tf.square(g)).dataSync()[0] as number); // prettier-ignore
    const norm = Math.sqrt(squares.reduce((sum, x) => sum + x, 0));
    const scale = Math.min(1, settings.clip / (norm + 1e-6));
    for (const update of updates) {
      updateParameter(tf, update, this.#gradientOf(update.parameter), settings, scale);
    }
    return tensor(tf.tensor2d([norm], [1, 1]));
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

  /** Gives a table's rows the sums of what their tokens got; index `skip` is left out. */
  #scatter(table: Parameter, indices: TfTensor, gradient: TfTensor, skip: number): void {
    const { rows, cols } = table;
    const sums = new Float32Array(rows * cols);
    const values = gradient.dataSync();
    for (const [t, index] of indices.dataSync().entries()) {
      if (index === skip) continue;
      for (let i = 0; i < cols; i++) {
        const at = index * cols + i;
        sums[at] = (sums[at] as number) + (values[t * cols + i] as number);
      }
    }
    this.#addGradient(table, this.#tf.tensor2d(sums, [rows, cols]));
  }

  #addGradient(parameter: Parameter, part: TfTensor): void {
    const before = this.#gradients.get(parameter);
    this.#gradients.set(parameter, before === undefined ? part : this.#tf.add(before, part));
    // One of an earlier run is kept, so that no scope disposes of it.
    if (before?.kept === true) before.dispose();
  }

  #loss(logits: Tensor, compute: (values: Float32Array) => LossValue) {
    const { loss, gradient } = compute(floats((logits as TfjsTensor).values));
    return {
      value: tensor(this.#tf.tensor2d([loss], [1, 1])),
      backward: (share: number) =>
        tensor(this.#tf.tensor2d(scaled(gradient, share), [logits.rows, logits.cols])),
    };
  }
}

function tensor(values: TfTensor): TfjsTensor {
  const [rows = 0, cols = 0] = values.shape;
  return { rows, cols, values };
}
