// y = x W^T + b, alone or with GELU or tanh behind it.
import type { Dense, Operation } from '../backend.ts';
import { own } from './room.ts';
import type { Room, WasmTensor } from './room.ts';

export function denseOperation(room: Room, x: WasmTensor, dense: Dense): Operation {
  const value = forward(room, x, dense);
  return { value, backward: (gradient) => backward(room, x, dense, gradient as WasmTensor) };
}

export function geluOperation(room: Room, x: WasmTensor, dense: Dense): Operation {
  const inner = forward(room, x, dense);
  const { rows, cols } = inner;
  const value = room.tensor(rows, cols);
  // In place: the derivative is all that the way back needs of the inner value.
  const slope = room.gradients ? inner.address : 0;
  room.kernels.gelu(inner.address, value.address, slope, rows * cols);
  return {
    value,
    backward: (gradient) => {
      const outer = gradient as WasmTensor;
      const by = room.tensor(rows, cols);
      room.kernels.multiply(outer.address, slope, by.address, rows * cols);
      return backward(room, x, dense, by);
    },
  };
}

export function tanhOperation(room: Room, x: WasmTensor, dense: Dense): Operation {
  const value = forward(room, x, dense);
  const values = room.view(value);
  for (let i = 0; i < values.length; i++) values[i] = Math.tanh(values[i] as number);
  const { rows, cols, address } = value;
  return {
    value,
    backward: (gradient) => {
      const outer = gradient as WasmTensor;
      const by = room.tensor(rows, cols);
      room.kernels.tanhBackward(outer.address, address, by.address, rows * cols);
      return backward(room, x, dense, by);
    },
  };
}

function forward(room: Room, x: WasmTensor, { weight, bias }: Dense): WasmTensor {
  const { rows, cols: input } = x;
  const output = weight.rows;
  const y = room.tensor(rows, output);
  // prettier-ignore
  room.kernels.gemm(
    x.address, input, false, own(weight).value, input, true,
    y.address, output, rows, output, input, own(bias).value, false, false, room.scratch,
  );
  return y;
}

/** Adds to both gradients. @returns the gradient by x: y's times W */
function backward(
  room: Room,
  x: WasmTensor,
  { weight, bias }: Dense,
  gradient: WasmTensor,
): readonly WasmTensor[] {
  const { rows, cols: input } = x;
  const output = weight.rows;
  const { kernels, scratch } = room;
  const toWeight = own(weight).touchWhole();
  // prettier-ignore
  kernels.gemm(
    gradient.address, output, true, x.address, input, false,
    toWeight.gradient, input, output, input, rows, 0, toWeight.adds, false, scratch,
  );
  kernels.addColumnSums(gradient.address, own(bias).touch(), rows, output);
  const by = room.tensor(rows, input);
  // prettier-ignore
  kernels.gemm(
    gradient.address, output, false, own(weight).value, input, false,
    by.address, input, rows, input, output, 0, false, false, scratch,
  );
  return [by];
}
