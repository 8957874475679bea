// y = x W^T + b, alone or with GELU or tanh behind it.
import type { Dense, Parameter } from '../backend.ts';
import type { Handle } from './handle.ts';
import type { Calls } from './calls.ts';
import type { NativeParameter } from './parameter.ts';
import { tensor } from './tensors.ts';
import type { NativeOperation, NativeTensor } from './tensors.ts';

export function denseOperation(
  calls: Calls,
  x: NativeTensor,
  dense: Dense<NativeParameter>,
): NativeOperation {
  const value = forward(calls, x, dense);
  return { value, backward: (gradient) => backward(calls, x, dense, gradient.handle) };
}

/** y = h cdf(h) with the normal distribution; y' = cdf(h) + h pdf(h). */
export function geluOperation(
  calls: Calls,
  x: NativeTensor,
  dense: Dense<NativeParameter>,
): NativeOperation {
  const { handle: h, rows, cols } = forward(calls, x, dense);
  const scaled = calls.multiply(h, calls.number(Math.SQRT1_2));
  const erf = calls.unary('Erf', scaled);
  const half = calls.multiply(erf, calls.number(0.5));
  const cdf = calls.add(half, calls.number(0.5));
  calls.free(scaled, erf, half);
  const value = tensor(calls.multiply(h, cdf), rows, cols);
  if (!calls.gradients) calls.free(h, cdf);
  return {
    value,
    backward: (gradient) => {
      const square = calls.unary('Square', h);
      const exponent = calls.multiply(square, calls.number(-0.5));
      const bell = calls.unary('Exp', exponent);
      const weighted = calls.multiply(h, bell);
      const slopes = calls.multiply(weighted, calls.number(1 / Math.sqrt(2 * Math.PI)));
      const slope = calls.add(cdf, slopes);
      const by = calls.multiply(gradient.handle, slope);
      calls.free(square, exponent, bell, weighted, slopes, slope, h, cdf);
      const operands = backward(calls, x, dense, by);
      calls.free(by);
      return operands;
    },
  };
}

export function tanhOperation(
  calls: Calls,
  x: NativeTensor,
  dense: Dense<NativeParameter>,
): NativeOperation {
  const inner = forward(calls, x, dense);
  const value = tensor(calls.unary('Tanh', inner.handle), inner.rows, inner.cols);
  calls.free(inner.handle);
  return {
    value,
    backward: (gradient) => {
      const by = calls.tanhGradient(value.handle, gradient.handle);
      const operands = backward(calls, x, dense, by);
      calls.free(by);
      return operands;
    },
  };
}

function forward(
  calls: Calls,
  x: NativeTensor,
  { weight, bias }: Dense<NativeParameter>,
): NativeTensor {
  const product = multiply(calls, weight, x.handle, weight.read(), false, true);
  const vector = bias.readVector();
  const value = calls.addBias(product, vector);
  calls.free(product, vector);
  return tensor(value, x.rows, weight.rows);
}

/** Adds to both gradients. @returns the gradient by x: y's times W */
function backward(
  calls: Calls,
  x: NativeTensor,
  { weight, bias }: Dense<NativeParameter>,
  gradient: Handle,
): readonly NativeTensor[] {
  weight.addGradient(multiply(calls, weight, gradient, x.handle, true));
  bias.addGradient(calls.columnSums(gradient));
  const by = multiply(calls, weight, gradient, weight.read());
  return [tensor(by, x.rows, x.cols)];
}

/** Products with fewer outputs are always computed in float32, because bfloat16 would save nothing. */
const FEW = 16;

function multiply(
  calls: Calls,
  weight: Parameter,
  a: Handle,
  b: Handle,
  transposeA = false,
  transposeB = false,
): Handle {
  if (weight.rows < FEW) return calls.matMul(a, b, transposeA, transposeB);
  return calls.product(a, b, transposeA, transposeB);
}
