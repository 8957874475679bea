// y = x W^T + b, alone or with GELU or tanh behind it.
import type { Dense } from '../backend.ts';
import type { Arena, WasmOperation, WasmTensor } from './arena.ts';
import type { WasmParameter } from './parameter.ts';

export function denseOperation(
  arena: Arena,
  x: WasmTensor,
  dense: Dense<WasmParameter>,
): WasmOperation {
  const value = forward(arena, x, dense);
  return { value, backward: (gradient) => backward(arena, x, dense, gradient) };
}

export function geluOperation(
  arena: Arena,
  x: WasmTensor,
  dense: Dense<WasmParameter>,
): WasmOperation {
  const inner = forward(arena, x, dense);
  const { rows, cols } = inner;
  const value = arena.tensor(rows, cols);
  // In place: the backward pass needs only the derivative of the inner value.
  const slope = arena.gradients ? inner.address : 0;
  arena.kernels.gelu(inner.address, value.address, slope, rows * cols);
  return {
    value,
    backward: (gradient) => {
      const by = arena.tensor(rows, cols);
      arena.kernels.multiply(gradient.address, slope, by.address, rows * cols);
      return backward(arena, x, dense, by);
    },
  };
}

export function tanhOperation(
  arena: Arena,
  x: WasmTensor,
  dense: Dense<WasmParameter>,
): WasmOperation {
  const value = forward(arena, x, dense);
  const values = arena.view(value);
  for (let i = 0; i < values.length; i++) values[i] = Math.tanh(values[i] as number);
  const { rows, cols, address } = value;
  return {
    value,
    backward: (gradient) => {
      const by = arena.tensor(rows, cols);
      arena.kernels.tanhBackward(gradient.address, address, by.address, rows * cols);
      return backward(arena, x, dense, by);
    },
  };
}

function forward(arena: Arena, x: WasmTensor, { weight, bias }: Dense<WasmParameter>): WasmTensor {
  const { rows, cols: input } = x;
  const output = weight.rows;
  const y = arena.tensor(rows, output);
  // prettier-ignore
  arena.kernels.gemm(
    x.address, input, false, weight.address, input, true,
    y.address, output, rows, output, input, bias.address, false, false, arena.scratch,
  );
  return y;
}

/** Adds to both gradients. @returns the gradient by x: y's times W */
function backward(
  arena: Arena,
  x: WasmTensor,
  { weight, bias }: Dense<WasmParameter>,
  gradient: WasmTensor,
): readonly WasmTensor[] {
  const { rows, cols: input } = x;
  const output = weight.rows;
  const { kernels, scratch } = arena;
  const toWeight = weight.touchWhole();
  // prettier-ignore
  kernels.gemm(
    gradient.address, output, true, x.address, input, false,
    toWeight.gradient, input, output, input, rows, 0, toWeight.adds, false, scratch,
  );
  kernels.addColumnSums(gradient.address, bias.touch(), rows, output);
  const by = arena.tensor(rows, input);
  // prettier-ignore
  kernels.gemm(
    gradient.address, output, false, weight.address, input, false,
    by.address, input, rows, input, output, 0, false, false, scratch,
  );
  return [by];
}
