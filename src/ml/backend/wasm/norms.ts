// The operations that end in a LayerNorm.
import type { EmbeddingTables, Norm } from '../backend.ts';
import { checkWidth } from './arena.ts';
import type { Arena, WasmOperation, WasmTensor, WasmTokens } from './arena.ts';
import type { WasmParameter } from './parameter.ts';

export function addNormOperation(
  arena: Arena,
  x: WasmTensor,
  residual: WasmTensor,
  norm: Norm<WasmParameter>,
  eps: number,
): WasmOperation {
  checkWidth(x.cols);
  const sum = arena.tensor(x.rows, x.cols);
  arena.kernels.add(x.address, residual.address, sum.address, x.rows * x.cols);
  const { value, backward } = normalise(arena, sum, norm, eps);
  return {
    value,
    backward: (gradient) => {
      const by = backward(gradient);
      return [by, by];
    },
  };
}

export function embedOperation(
  arena: Arena,
  tokens: WasmTokens,
  { word, position, segment, norm }: EmbeddingTables<WasmParameter>,
  eps: number,
): WasmOperation {
  const { cols } = word;
  checkWidth(cols);
  const sum = arena.tensor(tokens.tokens, cols);
  // prettier-ignore
  arena.kernels.gather(
    tokens.ids, tokens.places, tokens.segments,
    word.address, position.address, segment.address, sum.address, tokens.tokens, cols,
  );
  const { value, backward } = normalise(arena, sum, norm, eps);
  return {
    value,
    backward: (gradient) => {
      const by = backward(gradient).address;
      const scatter = (indices: number, table: number, skip: number) =>
        arena.kernels.scatterAdd(by, indices, table, skip, tokens.tokens, cols);
      scatter(tokens.ids, word.touchRows(tokens.words()), tokens.padding);
      scatter(tokens.places, position.touch(), -1);
      scatter(tokens.segments, segment.touch(), -1);
      return [];
    },
  };
}

/** LayerNorm of `x`, whose values it overwrites. */
function normalise(
  arena: Arena,
  x: WasmTensor,
  { weight, bias }: Norm<WasmParameter>,
  eps: number,
) {
  const { rows, cols } = x;
  const value = arena.tensor(rows, cols);
  const scales = arena.take(4 * rows);
  // prettier-ignore
  arena.kernels.normalise(
    x.address, weight.address, bias.address, eps, value.address, scales, rows, cols,
  );
  const backward = (gradient: WasmTensor): WasmTensor => {
    const by = arena.tensor(rows, cols);
    // prettier-ignore
    arena.kernels.normaliseBackward(
      gradient.address, x.address, scales, weight.address,
      by.address, weight.touch(), bias.touch(), rows, cols,
    );
    return by;
  };
  return { value, backward };
}
