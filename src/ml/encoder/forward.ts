// BERT's encoder (post-LN), written once over the operations that every backend has.
import type { Backend, Dropout, Tensor, TokenBatch, Tokens } from '../backend/backend.ts';
import { dropoutKey } from '../backend/dropout.ts';
import type { Tape } from '../backend/tape.ts';
import type { EncoderConfig } from './config.ts';
import type { LayerParameters, Parameters } from './parameters.ts';

/** The pooled vector of a row: pooler(first token), or the mean over the row's tokens. */
export type Pooling = 'cls' | 'mean';

/** Gives each operation of a step a separate mask, in the order of the calls. */
export class DropoutKeys {
  readonly #rate: number;
  readonly #step: number;
  #operation = 0;

  constructor(rate: number, step: number) {
    this.#rate = rate;
    this.#step = step;
  }

  next(): Dropout | undefined {
    if (this.#rate === 0) return undefined;
    return { rate: this.#rate, key: dropoutKey(this.#step, this.#operation++) };
  }
}

/** Outside of training nothing is dropped. */
export const NO_DROPOUT = new DropoutKeys(0, 0);

/** Holds a batch in the backend, inside of a `run`, in the form that an encoder of this family reads. */
export function holdBatch(
  backend: Backend,
  batch: TokenBatch,
  { family, padding }: EncoderConfig,
): Tokens {
  if (family === 'bert') return backend.tokens(batch, padding);
  const { offsets } = batch;
  const lengths = batch.firstLength.map((_, row) => (offsets[row + 1] as number) - (offsets[row] as number)); // prettier-ignore
  return backend.tokens({ ...batch, firstLength: lengths }, padding);
}

/** @returns the hidden states [tokens, hidden] of the embeddings and after each layer */
export function encode(
  tape: Tape,
  tokens: Tokens,
  parameters: Parameters,
  config: EncoderConfig,
  dropout: DropoutKeys,
): readonly Tensor[] {
  const states = [embed(tape, tokens, parameters, config, dropout)];
  for (const layer of parameters.layers) {
    const x = states[states.length - 1] as Tensor;
    const context = attend(tape, x, tokens, layer, config, dropout);
    states.push(finishLayer(tape, x, context, layer, config, dropout));
  }
  return states;
}

/** @returns [rows, hidden]: the input of the heads, before dropout */
export function encodePooled(
  tape: Tape,
  tokens: Tokens,
  parameters: Parameters,
  config: EncoderConfig,
  pooling: Pooling,
  dropout: DropoutKeys,
): Tensor {
  if (pooling === 'mean') {
    const states = encode(tape, tokens, parameters, config, dropout);
    return tape.meanTokens(states[states.length - 1] as Tensor, tokens);
  }
  let x = embed(tape, tokens, parameters, config, dropout);
  for (const [i, layer] of parameters.layers.entries()) {
    let context = attend(tape, x, tokens, layer, config, dropout);
    if (i === parameters.layers.length - 1) {
      // No later operation reads the other tokens, so the rest of the layer computes one token per row.
      context = tape.firstTokens(context, tokens);
      x = tape.firstTokens(x, tokens);
    }
    x = finishLayer(tape, x, context, layer, config, dropout);
  }
  return tape.denseTanh(x, parameters.pooler);
}

function embed(
  tape: Tape,
  tokens: Tokens,
  { tables }: Parameters,
  { layerNormEps }: EncoderConfig,
  dropout: DropoutKeys,
): Tensor {
  return tape.dropout(tape.embed(tokens, tables, layerNormEps), dropout.next());
}

function attend(
  tape: Tape,
  x: Tensor,
  tokens: Tokens,
  layer: LayerParameters,
  { heads }: EncoderConfig,
  dropout: DropoutKeys,
): Tensor {
  return tape.attention(tape.dense(x, layer.qkv), tokens, heads, dropout.next());
}

/** The part of a layer that processes each token independently. */
function finishLayer(
  tape: Tape,
  x: Tensor,
  context: Tensor,
  layer: LayerParameters,
  { layerNormEps: eps }: EncoderConfig,
  dropout: DropoutKeys,
): Tensor {
  const attended = tape.dropout(tape.dense(context, layer.attentionOutput), dropout.next());
  const middle = tape.addNorm(attended, x, layer.attentionNorm, eps);
  const wide = tape.denseGelu(middle, layer.intermediate);
  const narrow = tape.dropout(tape.dense(wide, layer.output), dropout.next());
  return tape.addNorm(narrow, middle, layer.outputNorm, eps);
}
