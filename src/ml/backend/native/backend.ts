// The backend of native TensorFlow: its operations one by one, each operation's way back written out.
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
import { attentionOperation } from './attention.ts';
import { Calls } from './calls.ts';
import type { Masks } from './masks.ts';
import { addNormOperation, embedOperation } from './norms.ts';
import { NativeParameter } from './parameter.ts';
import { denseOperation, geluOperation, tanhOperation } from './products.ts';
import type { Runtime } from './runtime.ts';
import { handleOf, native, tensor } from './tensors.ts';
import type { NativeTensor, NativeTokens } from './tensors.ts';
import {
  dropoutOperation,
  firstTokensOperation,
  holdTokens,
  meanTokensOperation,
} from './tokens.ts';
import { updateParameters } from './update.ts';

export class NativeBackend implements Backend {
  readonly facts: BackendFacts;
  readonly #calls: Calls;
  readonly #masks: Masks;
  readonly #parameters = new Map<string, NativeParameter>();
  /** Whether the run has used the gradients up. */
  #updated = false;

  constructor(runtime: Runtime, masks: Masks, facts: BackendFacts) {
    this.facts = facts;
    this.#masks = masks;
    this.#calls = new Calls(runtime, facts.precision);
  }

  get held(): number {
    const shared = [...this.#parameters.values()].filter((parameter) => parameter.shared);
    return this.#calls.held - shared.length;
  }

  parameter(name: string, rows: number, cols: number, data: Float32Array): Parameter {
    if (this.#parameters.has(name)) throw new Error(`there is a parameter '${name}' already`);
    const parameter = new NativeParameter(this.#calls, name, rows, cols, data);
    this.#parameters.set(name, parameter);
    return parameter;
  }

  async value(parameter: Parameter): Promise<Float32Array> {
    return native(parameter).copy();
  }

  assign(parameter: Parameter, data: Float32Array): void {
    native(parameter).assign(data);
  }

  async moments(parameter: Parameter): Promise<Moments | undefined> {
    return native(parameter).moments();
  }

  restoreMoments(parameter: Parameter, moments: Moments | undefined): void {
    native(parameter).restoreMoments(moments);
  }

  async run(
    gradients: boolean | 'more',
    body: () => readonly Tensor[],
  ): Promise<readonly Float32Array[]> {
    const parameters = [...this.#parameters.values()];
    this.#calls.begin(gradients !== false);
    if (gradients !== false) for (const parameter of parameters) parameter.adopt();
    // Freed with the run, unless it is to be added to.
    if (gradients === true) for (const parameter of parameters) parameter.forgetGradient();
    this.#updated = false;
    try {
      return this.#calls.results(body().map(handleOf)) as readonly Float32Array[];
    } finally {
      for (const parameter of parameters) {
        // After an update nothing adds to it any more.
        if (this.#updated) parameter.forgetGradient();
        else parameter.keep();
      }
      this.#calls.end();
    }
  }

  tokens(batch: TokenBatch, padding = 0): Tokens {
    return holdTokens(this.#calls, batch, padding);
  }

  embed(tokens: Tokens, tables: EmbeddingTables, eps: number): Operation {
    return embedOperation(this.#calls, tokens as NativeTokens, tables, eps);
  }

  dense(x: Tensor, dense: Dense): Operation {
    return denseOperation(this.#calls, x as NativeTensor, dense);
  }

  denseGelu(x: Tensor, dense: Dense): Operation {
    return geluOperation(this.#calls, x as NativeTensor, dense);
  }

  denseTanh(x: Tensor, dense: Dense): Operation {
    return tanhOperation(this.#calls, x as NativeTensor, dense);
  }

  addNorm(x: Tensor, residual: Tensor, norm: Norm, eps: number): Operation {
    return addNormOperation(this.#calls, x as NativeTensor, residual as NativeTensor, norm, eps);
  }

  attention(qkv: Tensor, tokens: Tokens, heads: number, dropout?: Dropout): Operation {
    const batch = tokens as NativeTokens;
    const x = qkv as NativeTensor;
    return attentionOperation(this.#calls, this.#masks, x, batch, heads, dropout);
  }

  dropout(x: Tensor, dropout: Dropout): Operation {
    return dropoutOperation(this.#calls, this.#masks, x as NativeTensor, dropout);
  }

  firstTokens(x: Tensor, tokens: Tokens): Operation {
    return firstTokensOperation(this.#calls, x as NativeTensor, tokens as NativeTokens);
  }

  meanTokens(x: Tensor, tokens: Tokens): Operation {
    return meanTokensOperation(this.#calls, x as NativeTensor, tokens as NativeTokens);
  }

  add(a: Tensor, b: Tensor): Tensor {
    return tensor(this.#calls.add(handleOf(a), handleOf(b)), a.rows, a.cols);
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
    return native(parameter).touched;
  }

  gradient(parameter: Parameter): Tensor {
    return tensor(native(parameter).gradient(), parameter.rows, parameter.cols);
  }

  update(updates: readonly Update[], settings: UpdateSettings): Tensor {
    this.#updated = true;
    return updateParameters(this.#calls, [...this.#parameters.values()], updates, settings);
  }

  #loss(logits: Tensor, compute: (values: Float32Array) => LossValue) {
    const { loss, gradient } = compute(this.#calls.read(handleOf(logits)) as Float32Array);
    const { rows, cols } = logits;
    return {
      value: tensor(this.#calls.floats([1, 1], Float32Array.of(loss)), 1, 1),
      backward: (share: number) =>
        tensor(this.#calls.floats([rows, cols], scaled(gradient, share)), rows, cols),
    };
  }
}
