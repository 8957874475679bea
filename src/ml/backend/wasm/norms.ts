// The operations that end in a LayerNorm.
import type { EmbeddingTables, Norm, Operation } from '../backend.ts';
import { checkWidth, own } from './room.ts';
import type { Room, WasmTensor, WasmTokens } from './room.ts';

export function addNormOperation(
  room: Room,
  x: WasmTensor,
  residual: WasmTensor,
  norm: Norm,
  eps: number,
): Operation {
  checkWidth(x.cols);
  const sum = room.tensor(x.rows, x.cols);
  room.kernels.add(x.address, residual.address, sum.address, x.rows * x.cols);
  const { value, backward } = normalise(room, sum, norm, eps);
  return {
    value,
    backward: (gradient) => {
      const by = backward(gradient as WasmTensor);
      return [by, by];
    },
  };
}

export function embedOperation(
  room: Room,
  tokens: WasmTokens,
  { word, position, segment, norm }: EmbeddingTables,
  eps: number,
): Operation {
  const { cols } = word;
  checkWidth(cols);
  const sum = room.tensor(tokens.tokens, cols);
  // prettier-ignore
  room.kernels.gather(
    tokens.ids, tokens.places, tokens.segments,
    own(word).value, own(position).value, own(segment).value, sum.address, tokens.tokens, cols,
  );
  const { value, backward } = normalise(room, sum, norm, eps);
  return {
    value,
    backward: (gradient) => {
      const by = backward(gradient as WasmTensor).address;
      const scatter = (indices: number, table: number, skip: number) =>
        room.kernels.scatterAdd(by, indices, table, skip, tokens.tokens, cols);
      scatter(tokens.ids, own(word).touchRows(tokens.words()), tokens.padding);
      scatter(tokens.places, own(position).touch(), -1);
      scatter(tokens.segments, own(segment).touch(), -1);
      return [];
    },
  };
}

/** LayerNorm of `x`, which it uses up. */
function normalise(room: Room, x: WasmTensor, { weight, bias }: Norm, eps: number) {
  const { rows, cols } = x;
  const value = room.tensor(rows, cols);
  const scales = room.take(4 * rows);
  // prettier-ignore
  room.kernels.normalise(
    x.address, own(weight).value, own(bias).value, eps, value.address, scales, rows, cols,
  );
  const backward = (gradient: WasmTensor): WasmTensor => {
    const by = room.tensor(rows, cols);
    // prettier-ignore
    room.kernels.normaliseBackward(
      gradient.address, x.address, scales, own(weight).value,
      by.address, own(weight).touch(), own(bias).touch(), rows, cols,
    );
    return by;
  };
  return { value, backward };
}
