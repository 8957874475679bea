// BERT's encoder (post-LN), written once over the operations that every backend has.
import type { Dropout, Tensor, Tokens } from '../backend/backend.ts';
import { dropoutKey } from '../backend/dropout.ts';
import type { Tape } from '../backend/tape.ts';
import type { EncoderConfig } from './config.ts';
import type { LayerParameters, Parameters } from './parameters.ts';

/** What follows the last layer: pooler(first token), or the plain mean over a row's tokens. */
export type Pooling = 'cls' | 'mean';

/** Gives each operation of a step a mask of its own, in the order in which they ask. */
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

/** Without training nothing is dropped. */
export const NO_DROPOUT = new DropoutKeys(0, 0);

/** @returns the hidden states [tokens, hidden] of the embeddings and after each layer */
export function encode(
  tape: Tape,
  tokens: Tokens,
  parameters: Parameters,
  config: EncoderConfig,
  dropout: DropoutKeys,
): readonly Tensor[] {
  let hidden = tape.embed(tokens, parameters.tables, config.layerNormEps);
  hidden = tape.dropout(hidden, dropout.next());
  const states = [hidden];
  for (const layer of parameters.layers) {
    hidden = encodeLayer(tape, hidden, tokens, layer, config, dropout);
    states.push(hidden);
  }
  return states;
}

function encodeLayer(
  tape: Tape,
  x: Tensor,
  tokens: Tokens,
  layer: LayerParameters,
  { heads, layerNormEps: eps }: EncoderConfig,
  dropout: DropoutKeys,
): Tensor {
  const context = tape.attention(tape.dense(x, layer.qkv), tokens, heads, dropout.next());
  const attended = tape.dropout(tape.dense(context, layer.attentionOutput), dropout.next());
  const middle = tape.addNorm(attended, x, layer.attentionNorm, eps);
  const wide = tape.denseGelu(middle, layer.intermediate);
  const narrow = tape.dropout(tape.dense(wide, layer.output), dropout.next());
  return tape.addNorm(narrow, middle, layer.outputNorm, eps);
}

/** @returns [rows, hidden] */
export function pool(
  tape: Tape,
  hidden: Tensor,
  tokens: Tokens,
  parameters: Parameters,
  pooling: Pooling,
): Tensor {
  if (pooling === 'mean') return tape.meanTokens(hidden, tokens);
  return tape.denseTanh(tape.firstTokens(hidden, tokens), parameters.pooler);
}
