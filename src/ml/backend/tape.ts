import type {
  Backend,
  Dense,
  Dropout,
  EmbeddingTables,
  Loss,
  Norm,
  Operation,
  Tensor,
  Tokens,
} from './backend.ts';

interface Entry {
  readonly operands: readonly Tensor[];
  readonly operation: Operation;
}

/** Runs operations forward, records them, and runs their backward passes from the losses. */
export class Tape {
  readonly #backend: Backend;
  readonly #entries: Entry[] = [];
  readonly #losses: { readonly logits: Tensor; readonly loss: Loss }[] = [];

  constructor(backend: Backend) {
    this.#backend = backend;
  }

  embed(tokens: Tokens, tables: EmbeddingTables, eps: number): Tensor {
    return this.#record([], this.#backend.embed(tokens, tables, eps));
  }

  dense(x: Tensor, dense: Dense): Tensor {
    return this.#record([x], this.#backend.dense(x, dense));
  }

  denseGelu(x: Tensor, dense: Dense): Tensor {
    return this.#record([x], this.#backend.denseGelu(x, dense));
  }

  denseTanh(x: Tensor, dense: Dense): Tensor {
    return this.#record([x], this.#backend.denseTanh(x, dense));
  }

  addNorm(x: Tensor, residual: Tensor, norm: Norm, eps: number): Tensor {
    return this.#record([x, residual], this.#backend.addNorm(x, residual, norm, eps));
  }

  attention(qkv: Tensor, tokens: Tokens, heads: number, dropout?: Dropout): Tensor {
    return this.#record([qkv], this.#backend.attention(qkv, tokens, heads, dropout));
  }

  dropout(x: Tensor, dropout: Dropout | undefined): Tensor {
    return dropout === undefined ? x : this.#record([x], this.#backend.dropout(x, dropout));
  }

  firstTokens(x: Tensor, tokens: Tokens): Tensor {
    return this.#record([x], this.#backend.firstTokens(x, tokens));
  }

  meanTokens(x: Tensor, tokens: Tokens): Tensor {
    return this.#record([x], this.#backend.meanTokens(x, tokens));
  }

  crossEntropy(logits: Tensor, classes: Int32Array): Tensor {
    return this.#lose(logits, this.#backend.crossEntropy(logits, classes));
  }

  binaryCrossEntropy(logits: Tensor, classes: Int32Array, positive: Float32Array): Tensor {
    return this.#lose(logits, this.#backend.binaryCrossEntropy(logits, classes, positive));
  }

  squaredError(x: Tensor, targets: Float32Array): Tensor {
    return this.#lose(x, this.#backend.squaredError(x, targets));
  }

  /**
   * Computes the gradients of the sum of all losses by every parameter.
   *
   * @param share factor of the gradients
   */
  backward(share = 1): void {
    const gradients = new Map<Tensor, Tensor>();
    const flow = (to: Tensor, gradient: Tensor): void => {
      const before = gradients.get(to);
      gradients.set(to, before === undefined ? gradient : this.#backend.add(before, gradient));
    };
    for (const { logits, loss } of this.#losses) flow(logits, loss.backward(share));
    for (const { operands, operation } of this.#entries.reverse()) {
      const gradient = gradients.get(operation.value);
      if (gradient === undefined) continue;
      operation.backward(gradient).forEach((part, i) => flow(operands[i] as Tensor, part));
    }
  }

  #record(operands: readonly Tensor[], operation: Operation): Tensor {
    this.#entries.push({ operands, operation });
    return operation.value;
  }

  #lose(logits: Tensor, loss: Loss): Tensor {
    this.#losses.push({ logits, loss });
    return loss.value;
  }
}
