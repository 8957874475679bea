// The backend of our own kernels: one thread, 128-bit SIMD; the same bytes on every machine, unless the
// relaxed kernels are asked for.
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
import { kernelsDigest, loadKernels } from './kernels.ts';
import { relaxedSimd } from './relaxed.ts';
import type { Kernels } from './kernels.ts';
import { Memory } from './memory.ts';
import { addNormOperation, embedOperation } from './norms.ts';
import { denseOperation, geluOperation, tanhOperation } from './products.ts';
import { WasmParameter } from './parameter.ts';
import { Room } from './room.ts';
import type { WasmTensor, WasmTokens } from './room.ts';
import {
  addTensors,
  dropoutOperation,
  firstTokensOperation,
  holdTokens,
  meanTokensOperation,
} from './tokens.ts';
import { updateParameters } from './update.ts';

/** @throws where relaxed kernels are asked for and this Node has no relaxed SIMD */
export async function openWasm({ relaxed = false } = {}): Promise<Backend> {
  const set = relaxed ? 'relaxed' : 'exact';
  const memory = new Memory();
  const kernels = await loadKernels(memory.memory, set);
  return new WasmBackend(memory, kernels, {
    backend: relaxed ? 'wasm-relaxed' : 'wasm',
    library: 'fastmtl-flow',
    kernels: await kernelsDigest(set),
    simd: relaxed ? await relaxedSimd() : 'wasm-simd128',
    threads: 1,
    precision: 'fp32',
  });
}

class WasmBackend implements Backend {
  readonly facts: BackendFacts;
  readonly #memory: Memory;
  readonly #room: Room;
  readonly #parameters = new Map<string, WasmParameter>();

  constructor(memory: Memory, kernels: Kernels, facts: BackendFacts) {
    this.facts = facts;
    this.#memory = memory;
    this.#room = new Room(memory, kernels);
  }

  get held(): number {
    return this.#memory.kept;
  }

  parameter(name: string, rows: number, cols: number, data: Float32Array): Parameter {
    if (this.#parameters.has(name)) throw new Error(`there is a parameter '${name}' already`);
    const parameter = new WasmParameter(this.#memory, name, rows, cols, data);
    this.#parameters.set(name, parameter);
    return parameter;
  }

  async value(parameter: Parameter): Promise<Float32Array> {
    return wasm(parameter).read();
  }

  assign(parameter: Parameter, data: Float32Array): void {
    wasm(parameter).assign(data);
  }

  async moments(parameter: Parameter): Promise<Moments | undefined> {
    return wasm(parameter).moments();
  }

  restoreMoments(parameter: Parameter, moments: Moments | undefined): void {
    wasm(parameter).restoreMoments(moments);
  }

  async run(
    gradients: boolean | 'more',
    body: () => readonly Tensor[],
  ): Promise<readonly Float32Array[]> {
    if (gradients === true) {
      for (const parameter of this.#parameters.values()) parameter.allowTraining();
    }
    this.#room.begin(gradients !== false);
    try {
      return body().map((tensor) => this.#room.view(tensor as WasmTensor).slice());
    } finally {
      this.#room.end();
    }
  }

  tokens(batch: TokenBatch, padding = 0): Tokens {
    return holdTokens(this.#room, batch, padding);
  }

  embed(tokens: Tokens, tables: EmbeddingTables, eps: number): Operation {
    return embedOperation(this.#room, tokens as WasmTokens, tables, eps);
  }

  dense(x: Tensor, dense: Dense): Operation {
    return denseOperation(this.#room, x as WasmTensor, dense);
  }

  denseGelu(x: Tensor, dense: Dense): Operation {
    return geluOperation(this.#room, x as WasmTensor, dense);
  }

  denseTanh(x: Tensor, dense: Dense): Operation {
    return tanhOperation(this.#room, x as WasmTensor, dense);
  }

  addNorm(x: Tensor, residual: Tensor, norm: Norm, eps: number): Operation {
    return addNormOperation(this.#room, x as WasmTensor, residual as WasmTensor, norm, eps);
  }

  attention(qkv: Tensor, tokens: Tokens, heads: number, dropout?: Dropout): Operation {
    return attentionOperation(this.#room, qkv as WasmTensor, tokens as WasmTokens, heads, dropout);
  }

  dropout(x: Tensor, dropout: Dropout): Operation {
    return dropoutOperation(this.#room, x as WasmTensor, dropout);
  }

  firstTokens(x: Tensor, tokens: Tokens): Operation {
    return firstTokensOperation(this.#room, x as WasmTensor, tokens as WasmTokens);
  }

  meanTokens(x: Tensor, tokens: Tokens): Operation {
    return meanTokensOperation(this.#room, x as WasmTensor, tokens as WasmTokens);
  }

  add(a: Tensor, b: Tensor): Tensor {
    return addTensors(this.#room, a as WasmTensor, b as WasmTensor);
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
    return wasm(parameter).touched;
  }

  gradient(parameter: Parameter): Tensor {
    const { rows, cols, training, touched } = wasm(parameter);
    if (!touched) wasm(parameter).clearGradient();
    return this.#room.tensorAt(training.gradient, rows, cols);
  }

  update(updates: readonly Update[], settings: UpdateSettings): Tensor {
    const parameters = [...this.#parameters.values()];
    return updateParameters(this.#room, parameters, updates, settings);
  }

  #loss(logits: Tensor, compute: (values: Float32Array) => LossValue) {
    const { loss, gradient } = compute(this.#room.view(logits as WasmTensor));
    return {
      value: this.#room.hold(1, 1, Float32Array.of(loss)),
      backward: (share: number) =>
        this.#room.hold(logits.rows, logits.cols, scaled(gradient, share)),
    };
  }
}

function wasm(parameter: Parameter): WasmParameter {
  return parameter as WasmParameter;
}
