// The operations that end in a LayerNorm.
import type { EmbeddingTables, Norm, Operation } from '../backend.ts';
import type { Handle } from './handle.ts';
import type { Calls } from './calls.ts';
import { handleOf, native, tensor } from './tensors.ts';
import type { NativeTensor, NativeTokens } from './tensors.ts';

export function addNormOperation(
  calls: Calls,
  x: NativeTensor,
  residual: NativeTensor,
  norm: Norm,
  eps: number,
): Operation {
  const { rows, cols } = x;
  const { value, backward } = normalise(calls, calls.add(x.handle, residual.handle), norm, eps);
  return {
    value: tensor(value, rows, cols),
    backward: (gradient) => {
      const by = tensor(backward(handleOf(gradient)), rows, cols);
      return [by, by];
    },
  };
}

export function embedOperation(
  calls: Calls,
  tokens: NativeTokens,
  { word, position, segment, norm }: EmbeddingTables,
  eps: number,
): Operation {
  const ofWords = calls.gather(native(word).read(), tokens.ids);
  const ofPlaces = calls.gather(native(position).read(), tokens.places);
  const ofSegments = calls.gather(native(segment).read(), tokens.segments);
  const sum = calls.add(ofWords, ofSegments);
  const all = calls.add(sum, ofPlaces);
  calls.free(ofWords, ofPlaces, ofSegments, sum);
  const { value, backward } = normalise(calls, all, norm, eps);
  return {
    value: tensor(value, tokens.tokens, word.cols),
    backward: (gradient) => {
      const by = backward(handleOf(gradient));
      const { ids, numbers } = tokens.words();
      native(word).addGradientRows(ids, calls.segmentSums(by, numbers, ids.length));
      native(position).addGradient(calls.segmentSums(by, tokens.places, position.rows));
      native(segment).addGradient(calls.segmentSums(by, tokens.segments, segment.rows));
      calls.free(by);
      return [];
    },
  };
}

/**
 * y = g h + b with h = (x - mean) s, s = 1 / sqrt(variance + eps); uses `x` up. Back, with d = g y':
 * x' = s (d - mean(d) - h mean(d h)).
 */
function normalise(calls: Calls, x: Handle, { weight, bias }: Norm, eps: number) {
  const mean = calls.mean(x);
  const centred = calls.subtract(x, mean);
  const squares = calls.unary('Square', centred);
  const variance = calls.mean(squares);
  const shifted = calls.add(variance, calls.number(eps));
  const scale = calls.unary('Rsqrt', shifted);
  const h = calls.multiply(centred, scale);
  const weighted = calls.multiply(h, native(weight).read());
  const value = calls.add(weighted, native(bias).read());
  calls.free(x, mean, centred, squares, variance, shifted, weighted);
  if (!calls.gradients) calls.free(scale, h);
  const backward = (gradient: Handle): Handle => {
    const toWeight = calls.multiply(gradient, h);
    native(weight).addGradient(calls.columnSums(toWeight));
    native(bias).addGradient(calls.columnSums(gradient));
    const d = calls.multiply(gradient, native(weight).read());
    const product = calls.multiply(d, h);
    const [meanD, meanProduct] = [calls.mean(d), calls.mean(product)];
    const level = calls.subtract(d, meanD);
    const tilt = calls.multiply(h, meanProduct);
    const rest = calls.subtract(level, tilt);
    const by = calls.multiply(rest, scale);
    calls.free(toWeight, d, product, meanD, meanProduct, level, tilt, rest, h, scale);
    return by;
  };
  return { value, backward };
}
